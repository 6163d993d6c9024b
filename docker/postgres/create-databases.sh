#!/bin/sh
# One role and one database for each name in DATABASES; a role may connect to its own database only.
# Runs when the data volume is new. Doing it again adds what is missing:
#   docker compose exec postgres sh /docker-entrypoint-initdb.d/create-databases.sh
set -eu

psql() { command psql --quiet --no-psqlrc --set ON_ERROR_STOP=1 --username postgres --dbname postgres "$@"; }

psql <<'SQL'
REVOKE CONNECT ON DATABASE postgres FROM PUBLIC;
REVOKE CONNECT ON DATABASE template1 FROM PUBLIC;
SQL

for name in $DATABASES; do
  psql --set name="$name" --set password="demo-$name" <<'SQL'
SELECT format('CREATE ROLE %I LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD %L', :'name', :'password')
 WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'name') \gexec
SELECT format('CREATE DATABASE %I OWNER %I', :'name', :'name')
 WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'name') \gexec
REVOKE CONNECT, TEMPORARY ON DATABASE :"name" FROM PUBLIC;
SQL
done

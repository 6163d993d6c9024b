export * from './await-migrations.js';
export * from './database.js';
export * from './database-errors.js';
export * from './database-transaction.js';
export * from './group-commit.js';
export * from './open-data-source.js';
export * from './persistence.module.js';
export * from './run-transaction.js';

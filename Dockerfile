# The image of one app: docker build --build-arg APP=order .
# Packages are installed from the manifests alone, so they are installed again only when a manifest changes.
# Another registry than the public one is told by an npmrc given as a build secret (docs/compose.md).
# Nothing that is copied into an image depends on the machine it runs on: all of it is made where the build runs, and an
# image for another platform needs no emulation.

FROM --platform=$BUILDPLATFORM node:24-bookworm-slim AS manifests
WORKDIR /shop
COPY . .
RUN find . -type f ! -name package.json ! -name package-lock.json ! -name .npmrc -delete \
 && find . -type d -empty -delete

FROM --platform=$BUILDPLATFORM node:24-bookworm-slim AS packages
WORKDIR /shop
COPY --from=manifests /shop ./
RUN --mount=type=cache,target=/npm --mount=type=secret,id=npmrc \
    npm ci --ignore-scripts --cache /npm --userconfig /run/secrets/npmrc

# Every app and library, compiled once for all images.
FROM packages AS build
COPY . .
RUN npm run build --workspaces --if-present

# What the app needs of the registry when it runs. --omit=dev alone keeps what anybody else in the workspace needs.
FROM --platform=$BUILDPLATFORM node:24-bookworm-slim AS production
ARG APP
WORKDIR /shop
COPY --from=manifests /shop ./
RUN npm pkg delete devDependencies --workspaces --include-workspace-root
RUN --mount=type=cache,target=/npm --mount=type=secret,id=npmrc \
    npm ci --ignore-scripts --cache /npm --userconfig /run/secrets/npmrc \
      --omit=dev --workspace "apps/${APP:?say which app, for example --build-arg APP=order}" \
 && rm -r node_modules/@hookshop
# Most of what packages bring is for other people: typings, maps, tests, builds for browsers.
COPY docker/needed.mjs docker/slim.mjs ./docker/
RUN for folder in . libs/* apps/*; do [ ! -d "$folder/node_modules" ] || node docker/slim.mjs "$folder"; done

FROM build AS assembled
ARG APP
RUN --mount=from=production,source=/shop,target=/production \
    node docker/assemble.mjs "@hookshop/$APP" /production /image

# The load generator runs as it is written, on one package: docker build --target load .
FROM node:24-bookworm-slim AS load
ENV NODE_ENV=production
WORKDIR /shop
COPY --from=packages /shop/node_modules/undici ./node_modules/undici
COPY bench/package.json ./bench/
COPY bench/clients ./bench/clients/
COPY bench/measure/percentiles.mjs ./bench/measure/
COPY bench/load ./bench/load/
USER 1000:1000
CMD ["node", "--max-old-space-size=96", "--max-semi-space-size=4", "bench/load/main.mjs"]

FROM node:24-bookworm-slim
ARG APP
ENV NODE_ENV=production
WORKDIR /shop
COPY --from=production /shop/node_modules ./node_modules
COPY --from=assembled /image ./
COPY docker/healthcheck.mjs ./docker/
WORKDIR /shop/apps/$APP
# The base image's user "node", by number: Kubernetes cannot tell from a name that it is not root.
USER 1000:1000
HEALTHCHECK --interval=5s --timeout=5s --start-period=60s --retries=3 CMD ["node", "/shop/docker/healthcheck.mjs"]
CMD ["node", "--max-old-space-size=256", "--max-semi-space-size=8", "dist/main.js"]

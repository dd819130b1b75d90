# The Node of the builder is that of the image. Releases are built with digests in place of both tags: docs/releasing.md.
ARG NODE_IMAGE=node:24.21.0-bookworm-slim
# glibc, libstdc++ and CA certificates; no shell, no package manager. For an AWS profile with credential_process, which
# needs a shell: --build-arg RUNTIME_IMAGE=debian:bookworm-slim. Not Alpine: Node supports musl as an experiment only.
ARG RUNTIME_IMAGE=gcr.io/distroless/cc-debian12:nonroot

# On the machine's own platform: what it makes is JavaScript, the same for all.
FROM --platform=$BUILDPLATFORM ${NODE_IMAGE} AS builder
WORKDIR /app
COPY package.json package-lock.json tsconfig.json tsconfig.build.json ./
COPY src ./src
COPY proto ./proto
# `npm ci` builds, by the prepare script. What only the build needs, a Node of its own among it, is taken away again.
RUN --mount=type=cache,target=/root/.npm \
    npm ci && npm prune --omit=dev --ignore-scripts

FROM ${NODE_IMAGE} AS node

FROM ${RUNTIME_IMAGE} AS runtime
COPY --from=node /usr/local/bin/node /usr/local/bin/node
# Fails the build, not the start, where the base lacks a library that Node needs.
RUN ["node", "--version"]
ENV NODE_ENV=production
WORKDIR /app
COPY LICENSE ./
COPY --from=builder /app/package.json ./
COPY --from=builder /app/node_modules ./node_modules
COPY --from=builder /app/proto ./proto

# The demo of docker-compose.yml: the stand-in for AWS, and the client. `docker build --target demo .`
FROM runtime AS demo
COPY test/stand-in ./test/stand-in
COPY scripts/venv.ts ./scripts/venv.ts
COPY scripts/demo ./scripts/demo
USER 65532:65532
ENTRYPOINT ["node"]

# The signer: what `docker build .` makes.
FROM runtime AS signer
ARG VERSION=unreleased
ARG REVISION=unknown
LABEL org.opencontainers.image.title="sigv4-extproc" \
      org.opencontainers.image.description="Signs the requests that leave an Envoy for AWS" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
COPY --from=builder /app/dist ./dist
# By number, so that runAsNonRoot can be checked. Distroless calls it nonroot.
USER 65532:65532
# Both ports are on loopback unless told otherwise, as outside of a container: an Envoy in the same pod or task reaches
# them. Over a network of containers: --listen 0.0.0.0:50051, behind mTLS.
EXPOSE 50051
# Of Docker alone; Kubernetes has probes of its own.
HEALTHCHECK --interval=10s --timeout=4s --start-period=5s CMD ["node", "dist/cli/health.js"]
# Process 1: node takes SIGTERM itself, ends its own workers, and reaps what it started (a credential_process).
# The flags of the first line of dist/cli/main.js: docs/decisions/0006-small-young-generation.md, 0012, 0017.
ENTRYPOINT ["node", "--max-semi-space-size=4", "--v8-pool-size=1", "--no-memory-reducer", "dist/cli/main.js"]
CMD ["serve"]

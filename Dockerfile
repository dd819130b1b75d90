ARG NODE_IMAGE=node:24-bookworm-slim

FROM ${NODE_IMAGE} AS builder
WORKDIR /app
COPY package.json package-lock.json tsconfig.json tsconfig.build.json ./
COPY src ./src
COPY proto ./proto
# `npm ci` builds, by the prepare script. What only the build needs, a Node of its own among it, is taken away again.
RUN --mount=type=cache,target=/root/.npm \
    npm ci && npm prune --omit=dev --ignore-scripts

FROM ${NODE_IMAGE} AS runtime
ENV NODE_ENV=production
WORKDIR /app
COPY --from=builder /app/package.json ./
COPY --from=builder /app/node_modules ./node_modules
COPY --from=builder /app/proto ./proto

# The demo of docker-compose.yml: the stand-in for AWS, and the client. `docker build --target demo .`
FROM runtime AS demo
COPY test/stand-in ./test/stand-in
COPY scripts/venv.ts ./scripts/venv.ts
COPY scripts/demo ./scripts/demo
USER node
ENTRYPOINT ["node"]

# The signer: what `docker build .` makes.
FROM runtime AS signer
COPY --from=builder /app/dist ./dist
# In a container nobody reaches 127.0.0.1. Which of the two ports is published, and to whom, is yours to say.
ENV SIGV4_EXTPROC_LISTEN=0.0.0.0:50051 \
    SIGV4_EXTPROC_ADMIN=0.0.0.0:9902
EXPOSE 50051 9902
USER node
# node is process 1 and takes SIGTERM itself.
# The flag of the first line of dist/cli/main.js: docs/decisions/0006-small-young-generation.md.
ENTRYPOINT ["node", "--max-semi-space-size=1", "dist/cli/main.js"]
CMD ["serve"]

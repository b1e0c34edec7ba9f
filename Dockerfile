FROM node:24.21.0-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY . .
WORKDIR /app/web
RUN node ../node_modules/vite/bin/vite.js build
WORKDIR /app
RUN node workflows/bundle.ts workflows/bundle.js
# The image has its own Node, and needs Temporal's native library of its own platform only.
RUN npm prune --omit=dev --no-audit --no-fund \
  && rm -rf node_modules/node-* node_modules/.bin/node* \
  && find node_modules/@temporalio/core-bridge/releases -mindepth 1 -maxdepth 1 \
    ! -name "$(uname -m)-unknown-linux-gnu" -exec rm -rf {} +

FROM node:24.21.0-bookworm-slim
ENV NODE_ENV=production
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/domain ./domain
COPY --from=build /app/runtime ./runtime
COPY --from=build /app/db ./db
COPY --from=build /app/migrations ./migrations
COPY --from=build /app/ops ./ops
COPY --from=build /app/activities ./activities
COPY --from=build /app/workflows ./workflows
COPY --from=build /app/worker ./worker
COPY --from=build /app/api ./api
COPY --from=build /app/web/build ./web/build
# What a new volume at /audit begins with: the worker may write there.
RUN mkdir -m 700 /audit && chown node:node /audit
# The user "node" by its number, so that an orchestrator can see that it is not root.
USER 1000
CMD ["node", "api/main.ts"]

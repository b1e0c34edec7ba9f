FROM node:24.21.0-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY . .
RUN cd web && node ../node_modules/vite/bin/vite.js build
RUN node workflows/bundle.ts workflows/bundle.js
RUN npm prune --omit=dev --no-audit --no-fund

FROM node:24.21.0-bookworm-slim
ENV NODE_ENV=production
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/domain ./domain
COPY --from=build /app/runtime ./runtime
COPY --from=build /app/db ./db
COPY --from=build /app/migrations ./migrations
COPY --from=build /app/activities ./activities
COPY --from=build /app/workflows ./workflows
COPY --from=build /app/worker ./worker
COPY --from=build /app/api ./api
COPY --from=build /app/web/build ./web/build
# What a new volume at /audit begins with: the worker may write there.
RUN mkdir -m 700 /audit && chown node:node /audit
USER node
CMD ["node", "api/main.ts"]

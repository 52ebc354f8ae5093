# One image per service: docker build --target smtp-ingress .
# Built from package-lock.json, with the classic builder and with BuildKit.
ARG NODE_IMAGE=node:24-bookworm-slim
ARG NATS_IMAGE=nats:2.12-alpine
ARG REDIS_IMAGE=redis:7-alpine

# What npm needs of the sources: dependencies are installed again only when this changes.
FROM ${NODE_IMAGE} AS manifests
WORKDIR /manifests
COPY . /source
RUN cp /source/package.json /source/package-lock.json /source/.npmrc . \
 && cd /source && for file in apps/*/package.json libs/*/package.json; do \
      mkdir -p "/manifests/$(dirname "$file")" && cp "$file" "/manifests/$file"; \
    done

FROM ${NODE_IMAGE} AS build
WORKDIR /source
COPY --from=manifests /manifests ./
# No script of a dependency runs.
RUN npm ci --ignore-scripts --loglevel=error
COPY . .
RUN npx nx run-many -t build --outputStyle=static

# What the services have in common: nothing but Node.js, a user, and a health check that needs no shell.
FROM ${NODE_IMAGE} AS runtime
ENV NODE_ENV=production MALLOC_ARENA_MAX=1
WORKDIR /app
COPY deploy/healthcheck.mjs /app/
# A volume that is mounted here for the first time becomes that user's (CONTENT_FOLDER in docker compose).
RUN mkdir -m 0700 /content && chown 1000:1000 /content
# A number, so that Kubernetes can see that it is not root. It owns no other file here.
USER 1000:1000
# Settings that differ from a start on one machine.
ENV OPERATIONS_HOST=0.0.0.0
HEALTHCHECK --interval=5s --timeout=3s --start-period=30s --retries=3 CMD ["node", "/app/healthcheck.mjs"]
ENTRYPOINT ["node", "/app/main.js"]

FROM runtime AS smtp-ingress
ENV OPERATIONS_PORT=9101 SMTP_LISTEN_HOST=0.0.0.0 SMTP_STARTTLS_PORTS=2587 SMTP_TLS_PORTS=2465
EXPOSE 2587 2465 9101
COPY --from=build /source/apps/smtp-ingress/dist/main.js /source/apps/smtp-ingress/dist/main.js.LEGAL.txt /app/
# Flags of V8, here and below, are those of `npm start` (apps/local/src/node-flags.ts says why).
ENTRYPOINT ["node", "--always-sparkplug", "--invocation-count-for-turbofan=1000", "--no-allocation-site-pretenuring", "--initial-old-space-size=64", "--max-semi-space-size=4", "/app/main.js"]

FROM runtime AS api-ingress
ENV OPERATIONS_PORT=9102 API_LISTEN_HOST=0.0.0.0 API_PORT=8443
EXPOSE 8443 9102
COPY --from=build /source/apps/api-ingress/dist/main.js /source/apps/api-ingress/dist/main.js.LEGAL.txt /app/
ENTRYPOINT ["node", "--always-sparkplug", "--invocation-count-for-turbofan=1000", "--no-allocation-site-pretenuring", "--max-semi-space-size=4", "/app/main.js"]

FROM runtime AS policy-service
ENV OPERATIONS_PORT=9103 POLICY_SERVICE_ADDRESS=0.0.0.0:50051
EXPOSE 50051 9103
COPY --from=build /source/apps/policy-service/dist/main.js /source/apps/policy-service/dist/main.js.LEGAL.txt /app/
ENTRYPOINT ["node", "--max-semi-space-size=1", "/app/main.js"]

FROM runtime AS mx-delivery
ENV OPERATIONS_PORT=9104
EXPOSE 9104
COPY --from=build /source/apps/mx-delivery/dist/main.js /source/apps/mx-delivery/dist/main.js.LEGAL.txt /app/
ENTRYPOINT ["node", "--always-sparkplug", "--invocation-count-for-turbofan=1000", "--no-allocation-site-pretenuring", "--initial-old-space-size=64", "--max-old-space-size=1536", "--max-semi-space-size=16", "--no-parallel-scavenge", "/app/main.js"]

# Catches all mail, for local use.
FROM runtime AS inbox
ENV INBOX_HOST=0.0.0.0 INBOX_PORT=2525 INBOX_DIR=/inbox
EXPOSE 2525
HEALTHCHECK --interval=5s --timeout=3s --start-period=30s --retries=3 CMD ["node", "/app/healthcheck.mjs", "smtp"]
COPY --from=build /source/apps/local/dist/inbox/main.js /app/

# Makes certificates, users and secrets. Runs as root, to hand each part its own files.
# The command `sealpost` is here too: what an operator needs is one image.
FROM runtime AS setup
USER 0:0
HEALTHCHECK NONE
COPY --from=build /source/apps/setup/dist/main.js /source/apps/setup/dist/main.js.LEGAL.txt /app/
COPY --from=build /source/apps/cli/dist/main.js /app/sealpost.js
COPY --from=build /source/apps/cli/dist/main.js.LEGAL.txt /app/sealpost.js.LEGAL.txt

# Everything in one container, engines and scripted receivers included: for tests, never for mail that matters.
FROM ${NODE_IMAGE} AS all-in-one
ENV MALLOC_ARENA_MAX=1
RUN apt-get update -qq \
 && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends nats-server redis-server \
 && rm -rf /var/lib/apt/lists/* && mkdir /data && chown 1000:1000 /data
COPY --from=build /source/apps/smtp-ingress/dist/main.js /source/apps/smtp-ingress/dist/main.js.LEGAL.txt /app/apps/smtp-ingress/dist/
COPY --from=build /source/apps/api-ingress/dist/main.js /source/apps/api-ingress/dist/main.js.LEGAL.txt /app/apps/api-ingress/dist/
COPY --from=build /source/apps/policy-service/dist/main.js /source/apps/policy-service/dist/main.js.LEGAL.txt /app/apps/policy-service/dist/
COPY --from=build /source/apps/mx-delivery/dist/main.js /source/apps/mx-delivery/dist/main.js.LEGAL.txt /app/apps/mx-delivery/dist/
COPY --from=build /source/apps/local/dist/main.js /source/apps/local/dist/main.js.LEGAL.txt /app/apps/local/dist/
COPY --from=build /source/apps/all-in-one/dist/main.js /source/apps/all-in-one/dist/main.js.LEGAL.txt /app/
USER 1000:1000
WORKDIR /data
EXPOSE 2587 2465 8443 8025
ENTRYPOINT ["node", "/app/main.js"]

{{/*
Readiness is gRPC health where the kubelet can ask for it: on the pod's address, in plaintext, as it has no client
certificate. Elsewhere the same state by way of /readyz: over the network where the admin port is exposed, else from
within the container. Liveness is another question, whether the process answers at all: a signer that waits for STS is
alive, and must not be restarted.
*/}}
{{- define "sigv4-extproc.ready" -}}
{{- if and (include "sigv4-extproc.beyondLoopback" .) (not .Values.tls.secretName) -}}
grpc: {port: {{ .Values.grpc.port }}}
{{- else if .Values.admin.expose -}}
httpGet: {path: /readyz, port: sigv4-admin}
{{- else -}}
exec: {command: [node, /app/dist/cli/health.js, ready, {{ include "sigv4-extproc.adminAddress" . | quote }}]}
{{- end }}
{{- end }}

{{- define "sigv4-extproc.live" -}}
{{- if .Values.admin.expose -}}
httpGet: {path: /healthz, port: sigv4-admin}
{{- else -}}
exec: {command: [node, /app/dist/cli/health.js, live, {{ include "sigv4-extproc.adminAddress" . | quote }}]}
{{- end }}
{{- end }}

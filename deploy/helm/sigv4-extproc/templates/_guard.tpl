{{/* What the schema cannot say, said before anything is installed. */}}
{{- define "sigv4-extproc.guard" -}}
{{- range $field := list "listen" "admin" "tls" }}
{{- if hasKey $.Values.server $field }}
{{- fail (printf "server.%s: the chart writes this field; see transport, grpc, socket, admin and tls" $field) }}
{{- end }}
{{- end }}
{{- if and (eq .Values.mode "deployment") (eq (include "sigv4-extproc.transport" .) "unix") }}
{{- fail "transport: a unix socket cannot be reached from other pods; mode deployment needs tcp" }}
{{- end }}
{{- if include "sigv4-extproc.beyondLoopback" . }}
{{- if not (or .Values.tls.secretName .Values.insecure) }}
{{- fail (printf "mode %s listens beyond loopback, and whoever reaches the port has requests signed as every role of the service: set tls.secretName (mTLS), or insecure: true if that is what you want" .Values.mode) }}
{{- end }}
{{- if and .Values.tls.secretName .Values.insecure }}
{{- fail "tls.secretName and insecure: true contradict each other" }}
{{- end }}
{{- if and .Values.networkPolicy.enabled (not .Values.networkPolicy.from) }}
{{- fail "networkPolicy.from: name the pods of your Envoys, or set networkPolicy.enabled: false" }}
{{- end }}
{{- else if or .Values.tls.secretName .Values.insecure }}
{{- fail "tls.secretName and insecure are for a gRPC port beyond loopback; this one is on loopback or a unix socket" }}
{{- end }}
{{- if ge (int (add .Values.preStopSeconds .Values.shutdownDelaySeconds .Values.shutdownGraceSeconds)) (int .Values.terminationGracePeriodSeconds) }}
{{- fail "preStopSeconds + shutdownDelaySeconds + shutdownGraceSeconds must be less than terminationGracePeriodSeconds, or Kubernetes kills what still has requests" }}
{{- end }}
{{- if .Values.podMonitor.enabled }}
{{- if eq .Values.mode "sidecar" }}
{{- fail "podMonitor.enabled: in mode sidecar the pods are yours, and so is their PodMonitor" }}
{{- end }}
{{- if not .Values.admin.expose }}
{{- fail "podMonitor.enabled: Prometheus cannot reach the admin port on loopback; set admin.expose: true" }}
{{- end }}
{{- end }}
{{- if and (ne .Values.mode "sidecar") .Values.sidecar.example.enabled }}
{{- fail "sidecar.example.enabled: is of mode sidecar" }}
{{- end }}
{{- end }}

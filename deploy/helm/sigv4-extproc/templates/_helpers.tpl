{{- define "sigv4-extproc.name" -}}
{{- .Values.nameOverride | default .Chart.Name | trunc 63 | trimSuffix "-" }}
{{- end }}

{{/* 52 characters leave room for the suffixes of this chart's objects. */}}
{{- define "sigv4-extproc.fullname" -}}
{{- $name := include "sigv4-extproc.name" . }}
{{- $full := ternary .Release.Name (printf "%s-%s" .Release.Name $name) (contains $name .Release.Name) }}
{{- .Values.fullnameOverride | default $full | trunc 52 | trimSuffix "-" }}
{{- end }}

{{- define "sigv4-extproc.selectorLabels" -}}
app.kubernetes.io/name: {{ include "sigv4-extproc.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "sigv4-extproc.labels" -}}
{{ include "sigv4-extproc.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end }}

{{- define "sigv4-extproc.metadata" -}}
name: {{ include "sigv4-extproc.fullname" . }}
namespace: {{ .Release.Namespace }}
labels: {{- include "sigv4-extproc.labels" . | nindent 2 }}
{{- end }}

{{- define "sigv4-extproc.serviceAccountName" -}}
{{- $default := ternary (include "sigv4-extproc.fullname" .) "default" .Values.serviceAccount.create }}
{{- .Values.serviceAccount.name | default $default }}
{{- end }}

{{- define "sigv4-extproc.image" -}}
{{- $message := "image.repository: name the image, such as example.com/team/sigv4-extproc" }}
{{- $repository := required $message .Values.image.repository }}
{{- if .Values.image.digest }}
{{- printf "%s@%s" $repository .Values.image.digest }}
{{- else }}
{{- printf "%s:%s" $repository (.Values.image.tag | default .Chart.AppVersion) }}
{{- end }}
{{- end }}

{{- define "sigv4-extproc.transport" -}}
{{- .Values.transport | default (ternary "unix" "tcp" (eq .Values.mode "daemonset")) }}
{{- end }}

{{/* "true" where the gRPC port is on the pod's address, else empty. */}}
{{- define "sigv4-extproc.beyondLoopback" -}}
{{- if and (ne .Values.mode "sidecar") (eq (include "sigv4-extproc.transport" .) "tcp") }}true{{ end }}
{{- end }}

{{- define "sigv4-extproc.bindHost" -}}
{{- ternary (printf "[%s]" .Values.grpc.bindAddress) .Values.grpc.bindAddress (contains ":" .Values.grpc.bindAddress) }}
{{- end }}

{{- define "sigv4-extproc.adminAddress" -}}
{{- $host := ternary (include "sigv4-extproc.bindHost" .) "127.0.0.1" .Values.admin.expose }}
{{- printf "%s:%v" $host .Values.admin.port }}
{{- end }}

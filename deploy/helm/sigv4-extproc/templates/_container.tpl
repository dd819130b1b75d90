{{/*
The signer's container, an item of a pod's `containers` (or `initContainers`: sidecar.native). Of a parent chart:
  initContainers:
    {{- include "sigv4-extproc.container" (index .Subcharts "sigv4-extproc") | nindent 4 }}
*/}}
{{- define "sigv4-extproc.container" -}}
- name: sigv4-extproc
  image: {{ include "sigv4-extproc.image" . }}
  imagePullPolicy: {{ .Values.image.pullPolicy }}
  {{- if and (eq .Values.mode "sidecar") .Values.sidecar.native }}
  restartPolicy: Always
  {{- end }}
  args:
    - serve
    - --config=/etc/sigv4-extproc/server/server.yaml
    - --shutdown-delay={{ .Values.shutdownDelaySeconds }}
    - --shutdown-grace={{ .Values.shutdownGraceSeconds }}
    {{- if .Values.insecure }}
    - --insecure
    {{- end }}
    {{- with .Values.extraArgs }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  {{- with .Values.extraEnv }}
  env: {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- if or (include "sigv4-extproc.beyondLoopback" .) .Values.admin.expose }}
  ports:
    {{- if include "sigv4-extproc.beyondLoopback" . }}
    - {name: grpc, containerPort: {{ .Values.grpc.port }}, protocol: TCP}
    {{- end }}
    {{- if .Values.admin.expose }}
    - {name: sigv4-admin, containerPort: {{ .Values.admin.port }}, protocol: TCP}
    {{- end }}
  {{- end }}
  startupProbe: {{- include "sigv4-extproc.live" . | nindent 4 }}
    {{- toYaml .Values.probes.startup | nindent 4 }}
  readinessProbe: {{- include "sigv4-extproc.ready" . | nindent 4 }}
    {{- toYaml .Values.probes.readiness | nindent 4 }}
  livenessProbe: {{- include "sigv4-extproc.live" . | nindent 4 }}
    {{- toYaml .Values.probes.liveness | nindent 4 }}
  {{- if and (gt (int .Values.preStopSeconds) 0) (not (and (eq .Values.mode "sidecar") .Values.sidecar.native)) }}
  lifecycle:
    preStop: {sleep: {seconds: {{ .Values.preStopSeconds }}}}
  {{- end }}
  resources: {{- toYaml .Values.resources | nindent 4 }}
  securityContext: {{- include "sigv4-extproc.securityContext" . | nindent 4 }}
  volumeMounts:
    - {name: sigv4-extproc-server, mountPath: /etc/sigv4-extproc/server, readOnly: true}
    {{- if .Values.tls.secretName }}
    - {name: sigv4-extproc-tls, mountPath: /etc/sigv4-extproc/tls, readOnly: true}
    {{- end }}
    {{- if eq (include "sigv4-extproc.transport" .) "unix" }}
    - {name: sigv4-extproc-socket, mountPath: {{ .Values.socket.directory }}}
    {{- end }}
    {{- with .Values.extraVolumeMounts }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
{{- end }}

{{/*
Items of a pod's `volumes`. Whole folders, not subPath: changed files arrive in a running container. 288 is 0440, which
parsers of YAML 1.2 take for 440.
*/}}
{{- define "sigv4-extproc.volumes" -}}
- name: sigv4-extproc-server
  configMap: {name: {{ include "sigv4-extproc.fullname" . }}}
{{- if .Values.tls.secretName }}
- name: sigv4-extproc-tls
  secret: {secretName: {{ .Values.tls.secretName }}, defaultMode: 288}
{{- end }}
{{- if eq (include "sigv4-extproc.transport" .) "unix" }}
- name: sigv4-extproc-socket
  {{- if eq .Values.mode "daemonset" }}
  hostPath: {path: {{ .Values.socket.directory }}, type: DirectoryOrCreate}
  {{- else }}
  emptyDir: {medium: Memory, sizeLimit: 1Mi}
  {{- end }}
{{- end }}
{{- with .Values.extraVolumes }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "sigv4-extproc.securityContext" -}}
{{- $own := dict
  "runAsNonRoot" true
  "runAsUser" (int64 .Values.runAsUser)
  "runAsGroup" (int64 .Values.runAsGroup)
  "readOnlyRootFilesystem" true
  "allowPrivilegeEscalation" false
  "privileged" false
  "capabilities" (dict "drop" (list "ALL"))
  "seccompProfile" (dict "type" "RuntimeDefault") }}
{{- toYaml (mergeOverwrite $own (deepCopy .Values.securityContext)) }}
{{- end }}

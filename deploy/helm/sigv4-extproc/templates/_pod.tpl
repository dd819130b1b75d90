{{/* The pod template of daemonset and deployment. */}}
{{- define "sigv4-extproc.podTemplate" -}}
metadata:
  annotations:
    checksum/server-file: {{ include "sigv4-extproc.serverFile" . | sha256sum }}
    {{- with .Values.podAnnotations }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  labels:
    {{- with .Values.podLabels }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
    {{- include "sigv4-extproc.labels" . | nindent 4 }}
spec:
  serviceAccountName: {{ include "sigv4-extproc.serviceAccountName" . }}
  # IRSA and Pod Identity project tokens of their own; Kubernetes' API is not called.
  automountServiceAccountToken: false
  enableServiceLinks: false
  terminationGracePeriodSeconds: {{ .Values.terminationGracePeriodSeconds }}
  securityContext: {{- include "sigv4-extproc.podSecurityContext" . | nindent 4 }}
  {{- with .Values.imagePullSecrets }}
  imagePullSecrets: {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.priorityClassName }}
  priorityClassName: {{ . }}
  {{- end }}
  {{- if and (eq .Values.mode "daemonset") (eq (include "sigv4-extproc.transport" .) "unix") .Values.socket.prepareHostDirectory }}
  initContainers: {{- include "sigv4-extproc.prepareHostDirectory" . | nindent 4 }}
  {{- end }}
  containers: {{- include "sigv4-extproc.container" . | nindent 4 }}
  volumes: {{- include "sigv4-extproc.volumes" . | nindent 4 }}
  {{- if eq .Values.mode "deployment" }}
  topologySpreadConstraints: {{- include "sigv4-extproc.topologySpread" . | nindent 4 }}
  {{- end }}
  {{- with .Values.nodeSelector }}
  nodeSelector: {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.tolerations }}
  tolerations: {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.affinity }}
  affinity: {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end }}

{{- define "sigv4-extproc.podSecurityContext" -}}
{{- $own := dict
  "runAsNonRoot" true
  "fsGroup" (int64 .Values.runAsGroup)
  "seccompProfile" (dict "type" "RuntimeDefault") }}
{{- toYaml (mergeOverwrite $own (deepCopy .Values.podSecurityContext)) }}
{{- end }}

{{- define "sigv4-extproc.topologySpread" -}}
{{- if .Values.topologySpreadConstraints }}
{{- toYaml .Values.topologySpreadConstraints }}
{{- else }}
{{- range $key := list "topology.kubernetes.io/zone" "kubernetes.io/hostname" }}
- maxSkew: 1
  topologyKey: {{ $key }}
  whenUnsatisfiable: ScheduleAnyway
  # Of each revision for itself: the old pods of a rollout do not count.
  matchLabelKeys: [pod-template-hash]
  labelSelector:
    matchLabels: {{- include "sigv4-extproc.selectorLabels" $ | nindent 6 }}
{{- end }}
{{- end }}
{{- end }}

{{/*
The kubelet makes the folder as root's. Root without capabilities may change the mode of its own folders alone: hence
first to root, then the mode, then to the signer's user.
*/}}
{{- define "sigv4-extproc.prepareHostDirectory" -}}
- name: prepare-socket-directory
  image: {{ include "sigv4-extproc.image" . }}
  imagePullPolicy: {{ .Values.image.pullPolicy }}
  command:
    - node
    - -e
    - |
      const { chmodSync, chownSync } = require('node:fs');
      const [folder, user, group] = process.argv.slice(1);
      chownSync(folder, 0, 0);
      chmodSync(folder, 0o755);
      chownSync(folder, Number(user), Number(group));
    - {{ .Values.socket.directory }}
    - {{ .Values.runAsUser | int64 | quote }}
    - {{ .Values.runAsGroup | int64 | quote }}
  resources:
    requests: {cpu: 10m, memory: 64Mi}
    limits: {memory: 128Mi}
  securityContext:
    runAsNonRoot: false
    runAsUser: 0
    readOnlyRootFilesystem: true
    allowPrivilegeEscalation: false
    privileged: false
    capabilities: {drop: [ALL], add: [CHOWN]}
    seccompProfile: {type: RuntimeDefault}
  volumeMounts:
    - {name: sigv4-extproc-socket, mountPath: {{ .Values.socket.directory }}}
{{- end }}

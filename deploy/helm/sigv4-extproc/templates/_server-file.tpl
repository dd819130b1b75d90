{{/* The server's file: the user's fields, and those that follow from the chart's values. */}}
{{- define "sigv4-extproc.serverFile" -}}
{{- $file := deepCopy .Values.server }}
{{- if eq (include "sigv4-extproc.transport" .) "unix" }}
{{- $_ := set $file "listen" (printf "unix:%s/grpc.sock" .Values.socket.directory) }}
{{- else if include "sigv4-extproc.beyondLoopback" . }}
{{- $_ := set $file "listen" (printf "%s:%v" (include "sigv4-extproc.bindHost" .) .Values.grpc.port) }}
{{- else }}
{{- $_ := set $file "listen" (printf "127.0.0.1:%v" .Values.grpc.port) }}
{{- end }}
{{- $_ := set $file "admin" (include "sigv4-extproc.adminAddress" .) }}
{{- if .Values.tls.secretName }}
{{- $folder := "/etc/sigv4-extproc/tls" }}
{{- $tls := dict
  "cert_file" (printf "%s/%s" $folder .Values.tls.certKey)
  "key_file" (printf "%s/%s" $folder .Values.tls.keyKey)
  "client_ca_file" (printf "%s/%s" $folder .Values.tls.clientCaKey) }}
{{- if .Values.tls.allowedSans }}
{{- $_ := set $tls "allowed_sans" .Values.tls.allowedSans }}
{{- end }}
{{- $_ := set $file "tls" $tls }}
{{- end }}
{{- toYaml $file }}
{{- end }}

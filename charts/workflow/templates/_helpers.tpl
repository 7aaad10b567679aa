{{/* Labels of every object. Call with the object's component name. */}}
{{- define "deis.labels" -}}
app: {{ . }}
heritage: deis
{{- end }}

{{/* The namespace of build pods. */}}
{{- define "deis.buildsNamespace" -}}
{{ .Release.Namespace }}-builds
{{- end }}

{{/* Where the API and the apps answer. */}}
{{- define "deis.platformDomain" -}}
{{ .Values.controller.platform_domain | default .Values.router.platform_domain }}
{{- end }}

{{/* in-cluster, s3, gcs or azure: the old name minio means in-cluster. */}}
{{- define "deis.storage" -}}
{{- if eq .Values.global.storage "minio" }}in-cluster{{ else }}{{ .Values.global.storage }}{{ end }}
{{- end }}

{{/* Image of a component: (dict "root" $ "name" "router"). */}}
{{- define "deis.image" -}}
{{- $values := index .root.Values .name -}}
{{ .root.Values.global.image_registry }}{{ $values.org }}/{{ .name }}:{{ $values.docker_tag }}
{{- end }}

{{/* Cluster DNS name of one of our Services: (dict "root" $ "name" "deis-database"). */}}
{{- define "deis.host" -}}
{{ .name }}.{{ .root.Release.Namespace }}.svc.cluster.local
{{- end }}

{{/* What every platform pod says: who may run it, where, with which rights. */}}
{{- define "deis.pod" -}}
enableServiceLinks: false
{{- with .Values.global.image_pull_secrets }}
imagePullSecrets:
{{- range . }}
  - name: {{ . }}
{{- end }}
{{- end }}
{{- with .Values.global.node_selector }}
nodeSelector: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.global.tolerations }}
tolerations: {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{- define "deis.podSecurity" -}}
securityContext:
  runAsNonRoot: true
  runAsUser: 1001
  runAsGroup: 1001
  fsGroup: 1001
  seccompProfile:
    type: RuntimeDefault
{{- end }}

{{- define "deis.containerSecurity" -}}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities:
    drop: [ALL]
{{- end }}

{{/* Limits of a component: (dict "root" $ "name" "router"). */}}
{{- define "deis.resources" -}}
{{- $values := index .root.Values .name -}}
{{- if or $values.limits_cpu $values.limits_memory }}
resources:
  limits:
    {{- with $values.limits_cpu }}
    cpu: {{ . | quote }}
    {{- end }}
    {{- with $values.limits_memory }}
    memory: {{ . | quote }}
    {{- end }}
{{- end }}
{{- end }}

{{/* Trusted certificates are read when a container starts, so other ones are other pods. */}}
{{- define "deis.podAnnotations" -}}
annotations:
  deis.io/trusted-ca: {{ .Values.global.trusted_ca | sha256sum | trunc 16 | quote }}
{{- end }}

{{/* Volumes and mounts of every platform container: scratch space and trusted certificates. */}}
{{- define "deis.volumes" -}}
- name: tmp
  emptyDir: {}
{{- if .Values.global.trusted_ca }}
- name: trusted-ca
  configMap:
    name: deis-trusted-ca
{{- end }}
{{- end }}

{{- define "deis.volumeMounts" -}}
- name: tmp
  mountPath: /tmp
{{- if .Values.global.trusted_ca }}
- name: trusted-ca
  mountPath: /etc/deis/trusted-ca
  readOnly: true
{{- end }}
{{- end }}

{{/* Proxies and mirrors, for components that reach out of the cluster or start pods that do. */}}
{{- define "deis.outsideEnv" -}}
{{- $cluster := ".svc,.svc.cluster.local,localhost,127.0.0.1" }}
{{- if or .Values.global.http_proxy .Values.global.https_proxy }}
{{- with .Values.global.http_proxy }}
- name: HTTP_PROXY
  value: {{ . | quote }}
{{- end }}
{{- with .Values.global.https_proxy }}
- name: HTTPS_PROXY
  value: {{ . | quote }}
{{- end }}
- name: NO_PROXY
  value: {{ list $cluster .Values.global.no_proxy | compact | join "," | quote }}
{{- end }}
{{- with .Values.global.mirrors }}
- name: DEIS_MIRRORS
  value: {{ toJson . | quote }}
{{- end }}
{{- end }}

{{/* Where the in-cluster object storage answers. */}}
{{- define "deis.objectstorageEnv" -}}
{{- if eq (include "deis.storage" .) "in-cluster" }}
- name: DEIS_OBJECTSTORAGE_SERVICE_HOST
  value: {{ include "deis.host" (dict "root" . "name" "deis-objectstorage") }}
- name: DEIS_OBJECTSTORAGE_SERVICE_PORT
  value: "9000"
{{- end }}
{{- end }}

{{/*
The value of a Secret's key that is made once: what the cluster holds, else the given new value.
(dict "root" $ "secret" "django-secret-key" "key" "secret-key" "new" (randAlphaNum 64)); the answer is base64.
*/}}
{{- define "deis.keptSecret" -}}
{{- $found := lookup "v1" "Secret" .root.Release.Namespace .secret -}}
{{- $data := dict -}}
{{- if $found }}{{ $data = $found.data | default dict }}{{ end -}}
{{- if hasKey $data .key }}{{ index $data .key }}{{ else }}{{ .new | b64enc }}{{ end -}}
{{- end }}

{{- define "sluice.name" -}}
{{- .Values.nameOverride | default .Chart.Name | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{/* Short enough for what is appended to it. */}}
{{- define "sluice.fullname" -}}
{{- $name := include "sluice.name" . -}}
{{- $both := ternary .Release.Name (printf "%s-%s" .Release.Name $name) (contains $name .Release.Name) -}}
{{- .Values.fullnameOverride | default $both | trunc 50 | trimSuffix "-" -}}
{{- end -}}

{{- define "sluice.selector" -}}
app.kubernetes.io/name: {{ include "sluice.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "sluice.daemonSelector" -}}
{{ include "sluice.selector" . }}
app.kubernetes.io/component: daemon
{{- end -}}

{{- define "sluice.labels" -}}
{{ include "sluice.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{- end -}}

{{- define "sluice.serviceAccount" -}}
{{- if .Values.serviceAccount.create -}}
{{- .Values.serviceAccount.name | default (include "sluice.fullname" .) -}}
{{- else -}}
{{- .Values.serviceAccount.name | default "default" -}}
{{- end -}}
{{- end -}}

{{- define "sluice.image" -}}
{{- with .Values.image -}}
{{- if .digest -}}
{{- printf "%s@%s" .repository .digest -}}
{{- else -}}
{{- printf "%s:%s" .repository (.tag | default $.Chart.AppVersion) -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* What no pod of ours does without: Pod Security "restricted", and a root that cannot be written. */}}
{{- define "sluice.podSecurity" -}}
runAsNonRoot: true
runAsUser: 65532
runAsGroup: 65532
# Secrets are readable by this group, and by nobody else: the daemon refuses a keyring that others can read.
fsGroup: 65532
fsGroupChangePolicy: OnRootMismatch
seccompProfile:
  type: RuntimeDefault
{{- end -}}

{{- define "sluice.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
runAsNonRoot: true
capabilities:
  drop: [ALL]
{{- end -}}

{{/* Arguments: secrets by name; root, where the keyring is mounted too. */}}
{{- define "sluice.secretMounts" -}}
{{- range $name, $_ := .secrets }}
- name: secret-{{ $name }}
  mountPath: /run/secrets/sluice/{{ $name }}
  readOnly: true
{{- end }}
{{- if and .root .root.Values.keyring.secretName }}
- name: keyring
  mountPath: /run/secrets/sluice/keyring
  readOnly: true
{{- end }}
{{- end -}}

{{- define "sluice.secretVolumes" -}}
{{- range $name, $each := .secrets }}
- name: secret-{{ $name }}
  secret:
    secretName: {{ $each.secretName }}
    defaultMode: 0440
{{- end }}
{{- if and .root .root.Values.keyring.secretName }}
- name: keyring
  secret:
    secretName: {{ .root.Values.keyring.secretName }}
    defaultMode: 0440
    items:
      - key: {{ .root.Values.keyring.key }}
        path: keyring.json
{{- end }}
{{- end -}}

{{- define "sluice.environment" -}}
{{- if or .Values.env .Values.aws.region }}
env:
  {{- if .Values.aws.region }}
  - name: AWS_REGION
    value: {{ .Values.aws.region | quote }}
  {{- end }}
  {{- range $name, $value := .Values.env }}
  - name: {{ $name }}
    value: {{ $value | quote }}
  {{- end }}
{{- end }}
{{- with .Values.envFrom }}
envFrom:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

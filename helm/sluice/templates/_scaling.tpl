{{/* Twice as many in a minute at most, as the metric itself; fewer when that was enough for a while. */}}
{{- define "sluice.scalingBehavior" -}}
scaleUp:
  stabilizationWindowSeconds: 0
  policies:
    - { type: Percent, value: 100, periodSeconds: 60 }
    - { type: Pods, value: 2, periodSeconds: 60 }
scaleDown:
  stabilizationWindowSeconds: {{ .Values.autoscaling.scaleDownSeconds }}
  policies:
    - { type: Percent, value: 50, periodSeconds: 60 }
{{- end -}}

{{/* As the monitor labels what it scrapes. */}}
{{- define "sluice.desiredQuery" -}}
{{- printf "max(sluice_desired_replicas{namespace=%q,app_kubernetes_io_instance=%q})" .Release.Namespace .Release.Name -}}
{{- end -}}

{{/* https://sqs.REGION.amazonaws.com/... */}}
{{- define "sluice.queueRegion" -}}
{{- $told := regexReplaceAll "^https://sqs\\.([a-z0-9-]+)\\.amazonaws\\..*$" .Values.autoscaling.keda.queueUrl "${1}" -}}
{{- if hasPrefix "http" $told -}}{{- $told = "" -}}{{- end -}}
{{- required "aws.region is missing: the queue's URL does not tell it" (.Values.aws.region | default $told) -}}
{{- end -}}

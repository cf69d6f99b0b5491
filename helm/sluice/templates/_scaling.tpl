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

{{/* Arguments: root, name and sqs, a pipeline's source. The queue as KEDA is to ask for it. */}}
{{- define "sluice.queueUrl" -}}
{{- $url := dig "queue_url" "" .sqs | toString -}}
{{- $name := regexFind "^\\$\\{env:[A-Za-z0-9_]+\\}$" $url | trimPrefix "${env:" | trimSuffix "}" -}}
{{- if $name -}}{{- $url = get .root.Values.env $name | default $url -}}{{- end -}}
{{- $url = get .root.Values.autoscaling.keda.queueUrls .name | default $url -}}
{{- if not (hasPrefix "http" $url) -}}
{{- fail (printf "autoscaling.keda.queueUrls.%s is missing: config does not tell the queue of the pipeline, and without it nothing wakes a daemon for it" .name) -}}
{{- end -}}
{{- $url -}}
{{- end -}}

{{/* Arguments: the same, and url. https://sqs.REGION.amazonaws.com/... */}}
{{- define "sluice.queueRegion" -}}
{{- $told := regexReplaceAll "^https://sqs\\.([a-z0-9-]+)\\.amazonaws\\..*$" .url "${1}" -}}
{{- if hasPrefix "http" $told -}}{{- $told = "" -}}{{- end -}}
{{- $given := dig "region" "" .sqs | toString -}}
{{- if contains "${" $given -}}{{- $given = "" -}}{{- end -}}
{{- required (printf "aws.region is missing: the queue's URL of the pipeline %s does not tell it" .name) ($given | default $told | default .root.Values.aws.region) -}}
{{- end -}}

{{/* The queues of all pipelines, each once, as JSON: a list of {name, url, region}. */}}
{{- define "sluice.queues" -}}
{{- $pipelines := (include "sluice.parsed" . | fromJson).pipelines -}}
{{- range $name, $_ := .Values.autoscaling.keda.queueUrls -}}
{{- if not (hasKey $pipelines $name) }}{{ fail (printf "autoscaling.keda.queueUrls.%s: config has no such pipeline" $name) }}{{ end -}}
{{- end -}}
{{- $queues := list -}}
{{- $seen := list -}}
{{- range $name, $pipeline := $pipelines -}}
{{- $of := dict "root" $ "name" $name "sqs" (dig "source" "sqs" dict ($pipeline | default dict)) -}}
{{- $url := include "sluice.queueUrl" $of -}}
{{- if not (has $url $seen) -}}
{{- $seen = append $seen $url -}}
{{- $region := include "sluice.queueRegion" (merge (dict "url" $url) $of) -}}
{{- $queues = append $queues (dict "name" $name "url" $url "region" $region) -}}
{{- end -}}
{{- end -}}
{{- toJson $queues -}}
{{- end -}}

{{/* Whether there may be no daemon at all, and all is well. */}}
{{- define "sluice.mayBeNone" -}}
{{- if and (eq .Values.autoscaling.kind "keda") (eq (int .Values.autoscaling.minReplicas) 0) }}yes{{ end -}}
{{- end -}}

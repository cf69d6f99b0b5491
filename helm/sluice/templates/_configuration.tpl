{{/* The configuration as a map, whichever way it was given; as JSON. */}}
{{- define "sluice.parsed" -}}
{{- $parsed := .Values.config -}}
{{- if kindIs "string" $parsed -}}
{{- $parsed = fromYaml $parsed -}}
{{- with $parsed.Error }}{{ fail (printf "config is no YAML: %s" .) }}{{ end -}}
{{- end -}}
{{- if not (kindIs "map" $parsed.pipelines) }}{{ fail "config.pipelines is missing: name at least one pipeline" }}{{ end -}}
{{- toJson $parsed -}}
{{- end -}}

{{/* sluice.yaml: what was given, and what it does not say. */}}
{{- define "sluice.configuration" -}}
{{- $parsed := include "sluice.parsed" . | fromJson -}}
{{- if kindIs "string" .Values.config -}}
{{ .Values.config | trimSuffix "\n" }}
{{- else -}}
{{ toYaml .Values.config }}
{{- end }}
{{- if not (hasKey $parsed "workers") }}
workers: {{ .Values.workers }}
{{- end }}
{{- if not (hasKey $parsed "admin") }}
admin: { listen: "0.0.0.0:9464" }
{{- end }}
{{- if and .Values.keyring.secretName (not (hasKey $parsed "keys")) }}
keys: { keyring: /run/secrets/sluice/keyring/keyring.json }
{{- end }}
{{ end -}}

{{/* The port of the admin server. Probes and Prometheus come from outside the pod. */}}
{{- define "sluice.adminPort" -}}
{{- $parsed := include "sluice.parsed" . | fromJson -}}
{{- $listen := "0.0.0.0:9464" -}}
{{- if hasKey $parsed "admin" -}}
{{- $listen = dig "listen" "" $parsed.admin -}}
{{- end -}}
{{- if or (not (regexMatch ":[0-9]+$" $listen)) (regexMatch "^(127\\.|localhost|\\[::1\\])" $listen) -}}
{{- fail (printf "config.admin.listen is %q, where no probe reaches it; write 0.0.0.0:9464" $listen) -}}
{{- end -}}
{{- regexFind "[0-9]+$" $listen -}}
{{- end -}}

{{/* Seconds of a time like 250ms, 20s, 10m or 1h, rounded up. */}}
{{- define "sluice.seconds" -}}
{{- $number := regexFind "^[0-9]+" . | int64 -}}
{{- $unit := regexFind "(ms|s|m|h)$" . -}}
{{- if not (regexMatch "^[0-9]+(ms|s|m|h)$" .) }}{{ fail (printf "%q is no time like 20s" .) }}{{ end -}}
{{- $milliseconds := mul $number (get (dict "ms" 1 "s" 1000 "m" 60000 "h" 3600000) $unit) -}}
{{- div (add $milliseconds 999) 1000 -}}
{{- end -}}

{{/* MiB of a size like 512KiB, 64MiB or 1GiB, rounded up. */}}
{{- define "sluice.mebibytes" -}}
{{- if not (regexMatch "^[0-9]+(B|KiB|MiB|GiB)$" .) }}{{ fail (printf "%q is no size like 64MiB" .) }}{{ end -}}
{{- $number := regexFind "^[0-9]+" . | int64 -}}
{{- $unit := regexFind "[A-Za-z]+$" . -}}
{{- $bytes := mul $number (get (dict "B" 1 "KiB" 1024 "MiB" 1048576 "GiB" 1073741824) $unit) -}}
{{- div (add $bytes 1048575) 1048576 -}}
{{- end -}}

{{/* The daemon ends by itself at its deadline; what is killed before loses nothing, but time. */}}
{{- define "sluice.gracePeriod" -}}
{{- if .Values.terminationGracePeriodSeconds -}}
{{- .Values.terminationGracePeriodSeconds | int64 -}}
{{- else -}}
{{- $parsed := include "sluice.parsed" . | fromJson -}}
{{- add (include "sluice.seconds" (dig "shutdown" "deadline" "20s" $parsed)) 25 -}}
{{- end -}}
{{- end -}}

{{- define "sluice.memory" -}}
{{- $parsed := include "sluice.parsed" . | fromJson -}}
{{- $all := add 48 (include "sluice.mebibytes" .Values.memoryHeadroom) -}}
{{- range $_, $each := $parsed.pipelines -}}
{{- $all = add $all (include "sluice.mebibytes" (dig "limits" "in_flight_bytes" "64MiB" ($each | default dict))) -}}
{{- end -}}
{{- printf "%dMi" $all -}}
{{- end -}}

{{- define "sluice.resources" -}}
{{- $memory := dict "memory" (include "sluice.memory" .) -}}
{{- $limits := merge dict (.Values.resources.limits | default dict) $memory -}}
{{- $requests := merge dict (.Values.resources.requests | default dict) (dict "memory" $limits.memory) -}}
{{- toYaml (dict "limits" $limits "requests" $requests) -}}
{{- end -}}

// Reads dashboards as Grafana's own model of them does, and refuses a field that it does not know, lacks
// or has of another type. Run by tests/long.sh dashboards.
package main

import (
	"fmt"
	"os"

	"github.com/grafana/grafana-foundation-sdk/go/cog/plugins"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
)

func main() {
	plugins.RegisterDefaultPlugins()
	failed := len(os.Args) < 2
	for _, path := range os.Args[1:] {
		text, err := os.ReadFile(path)
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			failed = true
			continue
		}
		var read dashboard.Dashboard
		// The error of a dashboard that fits is no nil: it is an empty list.
		if err := read.UnmarshalJSONStrict(text); err != nil && err.Error() != "" {
			fmt.Fprintf(os.Stderr, "%s: %s\n", path, err)
			failed = true
		}
		if err := read.Validate(); err != nil && err.Error() != "" {
			fmt.Fprintf(os.Stderr, "%s: %s\n", path, err)
			failed = true
		}
		fmt.Printf("%s: %d panels\n", path, len(read.Panels))
	}
	if failed {
		os.Exit(1)
	}
}

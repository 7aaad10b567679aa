// One program for all of Kubernetes: which part runs is chosen by the name it is called by.
//
// The parts share nearly all of their code, so one program compiles in a third of the time
// of seven and is a fifth of their size.
package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"
	"k8s.io/component-base/cli"
	_ "k8s.io/component-base/logs/json/register"
	_ "k8s.io/component-base/metrics/prometheus/clientgo"
	_ "k8s.io/component-base/metrics/prometheus/version"
	kubectl "k8s.io/kubectl/pkg/cmd"
	kubectlutil "k8s.io/kubectl/pkg/cmd/util"
	apiserver "k8s.io/kubernetes/cmd/kube-apiserver/app"
	controllermanager "k8s.io/kubernetes/cmd/kube-controller-manager/app"
	proxy "k8s.io/kubernetes/cmd/kube-proxy/app"
	scheduler "k8s.io/kubernetes/cmd/kube-scheduler/app"
	kubelet "k8s.io/kubernetes/cmd/kubelet/app"
)

func server(command *cobra.Command) int { return cli.Run(command) }

func runKubectl() int {
	if err := cli.RunNoErrOutput(kubectl.NewDefaultKubectlCommand()); err != nil {
		kubectlutil.CheckErr(err)
	}
	return 0
}

var programs = map[string]func() int{
	"kube-apiserver":          func() int { return server(apiserver.NewAPIServerCommand()) },
	"kube-controller-manager": func() int { return server(controllermanager.NewControllerManagerCommand()) },
	"kube-scheduler":          func() int { return server(scheduler.NewSchedulerCommand()) },
	"kube-proxy":              func() int { return server(proxy.NewProxyCommand()) },
	"kubelet":                 func() int { return server(kubelet.NewKubeletCommand(context.Background())) },
	"kubectl":                 runKubectl,
}

func main() {
	name := filepath.Base(os.Args[0])
	run, known := programs[name]
	if !known {
		fmt.Fprintf(os.Stderr, "no part of Kubernetes is called %q\n", name)
		os.Exit(2)
	}
	os.Exit(run())
}

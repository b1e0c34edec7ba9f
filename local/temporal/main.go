// A Temporal server for one machine: server, Temporal Web and SQLite in one program. It understands those flags of
// `temporal server start-dev` that the TypeScript SDK passes, so it can stand wherever that command can.
package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	uiserver "github.com/temporalio/ui-server/v2/server"
	uiconfig "github.com/temporalio/ui-server/v2/server/config"
	uioptions "github.com/temporalio/ui-server/v2/server/server_options"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/server/common/authorization"
	"go.temporal.io/server/common/cluster"
	"go.temporal.io/server/common/config"
	"go.temporal.io/server/common/dynamicconfig"
	"go.temporal.io/server/common/headers"
	"go.temporal.io/server/common/log"
	"go.temporal.io/server/common/membership/static"
	"go.temporal.io/server/common/persistence/sql/sqlplugin/sqlite"
	"go.temporal.io/server/common/primitives"
	schema "go.temporal.io/server/schema/sqlite"
	"go.temporal.io/server/temporal"
)

const clusterName = "active"

// Limits meant for shared clusters would slow one developer's machine down.
var defaultDynamicConfig = pairs{
	"frontend.persistenceMaxQPS":           "10000",
	"history.persistenceMaxQPS":            "45000",
	"frontend.namespaceRPS.visibility":     "100",
	"matching.numTaskqueueReadPartitions":  "1",
	"matching.numTaskqueueWritePartitions": "1",
}

type options struct {
	ip, namespace, database, codec, logLevel, logFormat string
	port, uiPort                                        int
	headless                                            bool
	searchAttributes, dynamicConfig, pragmas            pairs
}

// pairs is a repeatable flag of the form key=value.
type pairs map[string]string

func (p pairs) String() string { return "" }

func (p pairs) Set(text string) error {
	key, value, found := strings.Cut(text, "=")
	if !found {
		return fmt.Errorf("%q is not key=value", text)
	}
	p[key] = value
	return nil
}

func main() {
	if len(os.Args) == 2 && os.Args[1] == "--version" {
		fmt.Printf("hgrip temporal (Server %s)\n", headers.ServerVersion)
		return
	}
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "temporal:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	o, err := parse(args)
	if err != nil {
		return err
	}
	storage, err := openStorage(o)
	if err != nil {
		return err
	}
	server, err := newServer(o, storage)
	if err != nil {
		return err
	}
	if !o.headless {
		web := newWeb(o)
		failed := make(chan error, 1)
		go func() { failed <- web.Start() }()
		defer web.Stop()
		go func() {
			if err := <-failed; err != nil {
				fmt.Fprintln(os.Stderr, "temporal: Temporal Web ended:", err)
				os.Exit(1)
			}
		}()
	}
	return server.Start()
}

func parse(args []string) (*options, error) {
	if len(args) < 2 || args[0] != "server" || args[1] != "start-dev" {
		return nil, errors.New("usage: temporal server start-dev [flags]")
	}
	o := &options{searchAttributes: pairs{}, dynamicConfig: pairs{}, pragmas: pairs{}}
	flags := flag.NewFlagSet("server start-dev", flag.ContinueOnError)
	flags.StringVar(&o.ip, "ip", "127.0.0.1", "address to listen on")
	flags.IntVar(&o.port, "port", 7233, "port of the server")
	flags.IntVar(&o.uiPort, "ui-port", 0, "port of Temporal Web, by default the server's plus 1000")
	flags.BoolVar(&o.headless, "headless", false, "without Temporal Web")
	flags.StringVar(&o.namespace, "namespace", "default", "namespace to make")
	flags.StringVar(&o.database, "db-filename", "", "SQLite file, by default in memory")
	flags.StringVar(&o.codec, "ui-codec-endpoint", "", "codec server for Temporal Web")
	flags.StringVar(&o.logLevel, "log-level", "warn", "debug, info, warn, error or never")
	flags.StringVar(&o.logFormat, "log-format", "json", "json, or anything else for console")
	flags.Var(o.searchAttributes, "search-attribute", "name=Type, repeatable")
	flags.Var(o.dynamicConfig, "dynamic-config-value", "key=JSON, repeatable")
	flags.Var(o.pragmas, "sqlite-pragma", "key=value, repeatable")
	if err := flags.Parse(args[2:]); err != nil {
		return nil, err
	}
	if o.ip == "localhost" {
		o.ip = "127.0.0.1"
	}
	if o.uiPort == 0 {
		o.uiPort = o.port + 1000
	}
	return o, nil
}

func openStorage(o *options) (*config.SQL, error) {
	storage := &config.SQL{PluginName: sqlite.PluginName, ConnectAttributes: map[string]string{}}
	if o.database == "" {
		storage.DatabaseName = strconv.Itoa(rand.Int())
		storage.ConnectAttributes["mode"] = "memory"
		storage.ConnectAttributes["cache"] = "shared"
	} else {
		storage.DatabaseName = o.database
		storage.ConnectAttributes["mode"] = "rwc"
	}
	for name, value := range o.pragmas {
		storage.ConnectAttributes[name] = value
	}
	if err := setUpSchema(o.database, storage); err != nil {
		return nil, fmt.Errorf("database file: %w", err)
	}
	attributes, err := searchAttributes(o.searchAttributes)
	if err != nil {
		return nil, err
	}
	namespaces := []*schema.NamespaceConfig{}
	for _, name := range unique("default", o.namespace) {
		namespace, err := schema.NewNamespaceConfig(clusterName, name, false, attributes)
		if err != nil {
			return nil, err
		}
		namespaces = append(namespaces, namespace)
	}
	return storage, schema.CreateNamespaces(storage, namespaces...)
}

// setUpSchema makes the tables of a new file under another name first: a file killed half-way would look complete.
func setUpSchema(file string, storage *config.SQL) error {
	if file == "" {
		return nil // the plugin sets up databases in memory
	}
	if _, err := os.Stat(file); !errors.Is(err, os.ErrNotExist) {
		return err
	}
	unfinished, err := os.MkdirTemp(filepath.Dir(file), ".new-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(unfinished) }()
	draft := *storage
	draft.DatabaseName = filepath.Join(unfinished, "temporal.db")
	draft.ConnectAttributes = map[string]string{"mode": "rwc"}
	if err := schema.SetupSchema(&draft); err != nil {
		return err
	}
	return os.Rename(draft.DatabaseName, file)
}

func searchAttributes(wanted pairs) (map[string]enums.IndexedValueType, error) {
	attributes := map[string]enums.IndexedValueType{}
	for name, kind := range wanted {
		value, err := enums.IndexedValueTypeFromString(kind)
		if err != nil {
			return nil, fmt.Errorf("search attribute %s: %w", name, err)
		}
		attributes[name] = value
	}
	return attributes, nil
}

func newServer(o *options, storage *config.SQL) (temporal.Server, error) {
	dynamic, err := dynamicConfig(o.dynamicConfig)
	if err != nil {
		return nil, err
	}
	ports, err := freePorts(o.ip, 4)
	if err != nil {
		return nil, err
	}
	logger := newLogger(o)
	services := map[string]config.Service{}
	hosts := map[primitives.ServiceName]static.Hosts{}
	for name, port := range map[primitives.ServiceName]int{
		primitives.FrontendService: o.port,
		primitives.HistoryService:  ports[0],
		primitives.MatchingService: ports[1],
		primitives.WorkerService:   ports[2],
	} {
		services[string(name)] = config.Service{RPC: config.RPC{GRPCPort: port, BindOnIP: o.ip}}
		hosts[name] = static.SingleLocalHost(address(o.ip, port))
	}
	frontend := services[string(primitives.FrontendService)]
	frontend.RPC.HTTPPort = ports[3] // unused; without it the server warns at each start
	services[string(primitives.FrontendService)] = frontend
	return temporal.NewServer(
		temporal.WithConfig(serverConfig(o, storage, services)),
		temporal.ForServices(temporal.DefaultServices),
		temporal.WithStaticHosts(hosts),
		temporal.WithLogger(logger),
		temporal.WithAuthorizer(authorization.NewNoopAuthorizer()),
		temporal.WithClaimMapper(func(*config.Config) authorization.ClaimMapper {
			return authorization.NewNoopClaimMapper()
		}),
		temporal.WithDynamicConfigClient(dynamic),
		temporal.InterruptOn(temporal.InterruptCh()),
	)
}

func serverConfig(o *options, storage *config.SQL, services map[string]config.Service) *config.Config {
	frontend := address(o.ip, o.port)
	return &config.Config{
		Global: config.Global{
			Membership: config.Membership{MaxJoinDuration: 30 * time.Second, BroadcastAddress: o.ip},
		},
		Persistence: config.Persistence{
			DefaultStore:     sqlite.PluginName,
			VisibilityStore:  sqlite.PluginName,
			NumHistoryShards: 1,
			DataStores:       map[string]config.DataStore{sqlite.PluginName: {SQL: storage}},
		},
		ClusterMetadata: &cluster.Config{
			FailoverVersionIncrement: 10,
			MasterClusterName:        clusterName,
			CurrentClusterName:       clusterName,
			ClusterInformation: map[string]cluster.ClusterInformation{
				clusterName: {Enabled: true, InitialFailoverVersion: 1, RPCAddress: frontend},
			},
		},
		DCRedirectionPolicy: config.DCRedirectionPolicy{Policy: "noop"},
		Services:            services,
		Archival: config.Archival{
			History:    config.HistoryArchival{State: "disabled"},
			Visibility: config.VisibilityArchival{State: "disabled"},
		},
		NamespaceDefaults: config.NamespaceDefaults{Archival: config.ArchivalNamespaceDefaults{
			History:    config.HistoryArchivalNamespaceDefaults{State: "disabled"},
			Visibility: config.VisibilityArchivalNamespaceDefaults{State: "disabled"},
		}},
		PublicClient: config.PublicClient{HostPort: frontend},
	}
}

// newWeb switches writing off: what an operator does must be permitted and audited, so it is done in the product's console.
func newWeb(o *options) *uiserver.Server {
	return uiserver.NewServer(uioptions.WithConfigProvider(&uiconfig.Config{
		Host:                o.ip,
		Port:                o.uiPort,
		TemporalGRPCAddress: address(o.ip, o.port),
		DefaultNamespace:    o.namespace,
		EnableUI:            true,
		Codec:               uiconfig.Codec{Endpoint: o.codec},
		CORS:                uiconfig.CORS{CookieInsecure: true}, // plain http on the loopback
		DisableWriteActions: true,
		DisableNewsFetch:    true,
		HideLogs:            true,
	}))
}

func dynamicConfig(given pairs) (dynamicconfig.StaticClient, error) {
	client := dynamicconfig.StaticClient{}
	for _, values := range []pairs{defaultDynamicConfig, given} {
		for key, text := range values {
			value, err := decode(text)
			if err != nil {
				return nil, fmt.Errorf("dynamic config %s: %w", key, err)
			}
			client[dynamicconfig.MakeKey(key)] = value
		}
	}
	return client, nil
}

// decode reads JSON; dynamic config takes whole numbers only as int.
func decode(text string) (any, error) {
	if number, err := strconv.Atoi(text); err == nil {
		return number, nil
	}
	var value any
	err := json.Unmarshal([]byte(text), &value)
	return value, err
}

func newLogger(o *options) log.Logger {
	if o.logLevel == "never" {
		return log.NewNoopLogger()
	}
	format := "console"
	if o.logFormat == "json" {
		format = "json"
	}
	return log.NewZapLogger(log.BuildZapLogger(log.Config{Level: o.logLevel, Format: format}))
}

// freePorts holds all of them open until the last is found, so that they differ.
func freePorts(ip string, count int) ([]int, error) {
	ports := make([]int, 0, count)
	for range count {
		listener, err := net.Listen("tcp", address(ip, 0))
		if err != nil {
			return nil, err
		}
		defer func() { _ = listener.Close() }()
		ports = append(ports, listener.Addr().(*net.TCPAddr).Port)
	}
	return ports, nil
}

func address(ip string, port int) string { return net.JoinHostPort(ip, strconv.Itoa(port)) }

func unique(a, b string) []string {
	if a == b {
		return []string{a}
	}
	return []string{a, b}
}

// Prints, as the JSON fixture of test/protocol/proto-descriptors.test.ts, what Envoy's published descriptors say of the
// files that proto/ holds a subset of. From this folder: go run . > ../../test/protocol/fixtures/envoy-descriptors.json
// Another Envoy: go get github.com/envoyproxy/go-control-plane/envoy@v1.41.0 && go mod tidy, then the same.
package main

import (
	"encoding/json"
	"fmt"
	"log"
	"os"
	"runtime/debug"

	core "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	filter "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/http/ext_proc/v3"
	auth "github.com/envoyproxy/go-control-plane/envoy/service/auth/v3"
	service "github.com/envoyproxy/go-control-plane/envoy/service/ext_proc/v3"
	types "github.com/envoyproxy/go-control-plane/envoy/type/v3"
	rpc "google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/protobuf/reflect/protoreflect"
)

const module = "github.com/envoyproxy/go-control-plane/envoy"

type message struct {
	File   string            `json:"file"`
	Fields map[string]string `json:"fields"`
}

type enum struct {
	File   string           `json:"file"`
	Values map[string]int32 `json:"values"`
}

type rpcService struct {
	File    string            `json:"file"`
	Methods map[string]string `json:"methods"`
}

type descriptors struct {
	Source   map[string]string     `json:"source"`
	Services map[string]rpcService `json:"services"`
	Messages map[string]message    `json:"messages"`
	Enums    map[string]enum       `json:"enums"`
}

func main() {
	out := descriptors{
		Source: map[string]string{
			"package":     module,
			"version":     moduleVersion(),
			"regenerated": "by scripts/envoy-descriptors, do not edit",
		},
		Services: map[string]rpcService{},
		Messages: map[string]message{},
		Enums:    map[string]enum{},
	}
	out.addFile(service.File_envoy_service_ext_proc_v3_external_processor_proto)
	out.addFile(auth.File_envoy_service_auth_v3_external_auth_proto)
	out.addFile(auth.File_envoy_service_auth_v3_attribute_context_proto)
	out.addFile(filter.File_envoy_extensions_filters_http_ext_proc_v3_processing_mode_proto)
	out.addFile(core.File_envoy_config_core_v3_base_proto)
	out.addFile(types.File_envoy_type_v3_http_status_proto)
	out.addFile(rpc.File_google_rpc_status_proto)

	encoder := json.NewEncoder(os.Stdout)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(out); err != nil {
		log.Fatal(err)
	}
}

func moduleVersion() string {
	info, ok := debug.ReadBuildInfo()
	if ok {
		for _, dependency := range info.Deps {
			if dependency.Path == module {
				return dependency.Version
			}
		}
	}
	log.Fatalf("the build does not say which version of %s it holds", module)
	return ""
}

func (d *descriptors) addFile(file protoreflect.FileDescriptor) {
	for i := range file.Services().Len() {
		s := file.Services().Get(i)
		methods := map[string]string{}
		for j := range s.Methods().Len() {
			m := s.Methods().Get(j)
			methods[string(m.Name())] = fmt.Sprintf("%s returns %s",
				streamed(m.IsStreamingClient(), m.Input()), streamed(m.IsStreamingServer(), m.Output()))
		}
		d.Services[string(s.FullName())] = rpcService{file.Path(), methods}
	}
	d.addMessages(file.Messages(), file.Path())
	d.addEnums(file.Enums(), file.Path())
}

func (d *descriptors) addMessages(messages protoreflect.MessageDescriptors, path string) {
	for i := range messages.Len() {
		m := messages.Get(i)
		if m.IsMapEntry() {
			continue
		}
		fields := map[string]string{}
		for j := range m.Fields().Len() {
			f := m.Fields().Get(j)
			fields[string(f.Name())] = declaration(f)
		}
		d.Messages[string(m.FullName())] = message{path, fields}
		d.addMessages(m.Messages(), path)
		d.addEnums(m.Enums(), path)
	}
}

func (d *descriptors) addEnums(enums protoreflect.EnumDescriptors, path string) {
	for i := range enums.Len() {
		e := enums.Get(i)
		values := map[string]int32{}
		for j := range e.Values().Len() {
			v := e.Values().Get(j)
			values[string(v.Name())] = int32(v.Number())
		}
		d.Enums[string(e.FullName())] = enum{path, values}
	}
}

// For example `map<string, google.protobuf.Struct> = 9`, `repeated string = 2`, `bytes = 1 in oneof mutation`.
func declaration(f protoreflect.FieldDescriptor) string {
	kind := typeName(f)
	oneof := ""
	switch {
	case f.IsMap():
		kind = fmt.Sprintf("map<%s, %s>", typeName(f.MapKey()), typeName(f.MapValue()))
	case f.IsList():
		kind = "repeated " + kind
	case f.HasOptionalKeyword():
		kind = "optional " + kind
	case f.ContainingOneof() != nil:
		oneof = " in oneof " + string(f.ContainingOneof().Name())
	}
	return fmt.Sprintf("%s = %d%s", kind, f.Number(), oneof)
}

func typeName(f protoreflect.FieldDescriptor) string {
	switch {
	case f.Enum() != nil:
		return string(f.Enum().FullName())
	case f.Message() != nil:
		return string(f.Message().FullName())
	default:
		return f.Kind().String()
	}
}

func streamed(isStream bool, m protoreflect.MessageDescriptor) string {
	if isStream {
		return "stream " + string(m.FullName())
	}
	return string(m.FullName())
}

// gosign: an ext_proc server in Go (grpc-go, the aws-sdk-go-v2 signer, static credentials), the yardstick for the cost of
// one signed request. It signs for execute-api in us-east-1: at once when a request has no body, else over the SHA-256 of
// its buffered body. Its argument is the address to listen on; the address as bound is its one line of output.
package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	core "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	ep "github.com/envoyproxy/go-control-plane/envoy/service/ext_proc/v3"
	"google.golang.org/grpc"
)

const (
	host      = "abc.execute-api.us-east-1.amazonaws.com"
	emptyHash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
)

var (
	creds = aws.Credentials{
		AccessKeyID:     "AKIDEXAMPLE",
		SecretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
		SessionToken:    strings.Repeat("tok", 100),
	}
	signer = v4.NewSigner()
)

type server struct {
	ep.UnimplementedExternalProcessorServer
}

func sign(method, path, payloadHash string) (*ep.CommonResponse, error) {
	u, err := url.Parse("https://" + host + path)
	if err != nil {
		return nil, err
	}
	r := &http.Request{Method: method, URL: u, Host: host, Header: http.Header{"X-Amz-Content-Sha256": {payloadHash}}}
	if err := signer.SignHTTP(context.Background(), creds, r, payloadHash, "execute-api", "us-east-1", time.Now()); err != nil {
		return nil, err
	}
	set := []*core.HeaderValueOption{option(":authority", host)}
	for name, values := range r.Header {
		set = append(set, option(strings.ToLower(name), values[0]))
	}
	return &ep.CommonResponse{HeaderMutation: &ep.HeaderMutation{SetHeaders: set}}, nil
}

func option(name, value string) *core.HeaderValueOption {
	return &core.HeaderValueOption{
		Header:       &core.HeaderValue{Key: name, RawValue: []byte(value)},
		AppendAction: core.HeaderValueOption_OVERWRITE_IF_EXISTS_OR_ADD,
	}
}

func (server) Process(st ep.ExternalProcessor_ProcessServer) error {
	var method, path string
	for {
		m, err := st.Recv()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		var out *ep.ProcessingResponse
		if h := m.GetRequestHeaders(); h != nil {
			for _, x := range h.Headers.Headers {
				switch x.Key {
				case ":path":
					path = string(x.RawValue)
				case ":method":
					method = string(x.RawValue)
				}
			}
			answer := &ep.HeadersResponse{}
			if h.EndOfStream {
				if answer.Response, err = sign(method, path, emptyHash); err != nil {
					return err
				}
			}
			out = &ep.ProcessingResponse{Response: &ep.ProcessingResponse_RequestHeaders{RequestHeaders: answer}}
		} else if b := m.GetRequestBody(); b != nil {
			sum := sha256.Sum256(b.Body)
			response, err := sign(method, path, hex.EncodeToString(sum[:]))
			if err != nil {
				return err
			}
			out = &ep.ProcessingResponse{Response: &ep.ProcessingResponse_RequestBody{RequestBody: &ep.BodyResponse{Response: response}}}
		} else {
			continue
		}
		if err := st.Send(out); err != nil {
			return err
		}
	}
}

func main() {
	l, err := net.Listen("tcp", os.Args[1])
	if err != nil {
		panic(err)
	}
	fmt.Println(l.Addr())
	g := grpc.NewServer(grpc.MaxRecvMsgSize(64 << 20))
	ep.RegisterExternalProcessorServer(g, server{})
	panic(g.Serve(l))
}

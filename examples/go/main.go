package main

import (
	"fmt"
	"log"
	"net/http"
	"os"
)

func main() {
	who := os.Getenv("POWERED_BY")
	if who == "" {
		who = "Deis"
	}
	http.HandleFunc("/", func(answer http.ResponseWriter, request *http.Request) {
		log.Printf("GET %s", request.URL.Path)
		fmt.Fprintf(answer, "Powered by %s\n", who)
	})
	log.Fatal(http.ListenAndServe(":"+os.Getenv("PORT"), nil))
}

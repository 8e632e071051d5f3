// An auditor of the published journal made of Go's own golang.org/x/mod/sumdb/note and tlog, and of nothing of ours.
//
// go-tlog FOLDER VKEY EXPORT [CHECKPOINT-SEEN-BEFORE]
//
// EXPORT may be - : then the checkpoint and its growth alone are checked. Prints "ok SIZE" or one line that says what is wrong, and then ends with 1.
package main

import (
	"bufio"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const height = 8

// The folder's tiles: C2SP leaves the height out of the path.
type folder string

func (f folder) Height() int { return height }

func (f folder) SaveTiles([]tlog.Tile, [][]byte) {}

func (f folder) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	found := make([][]byte, len(tiles))
	for i, tile := range tiles {
		path := strings.Replace(tile.Path(), fmt.Sprintf("tile/%d/", height), "tile/", 1)
		bytes, err := os.ReadFile(filepath.Join(string(f), path))
		if err != nil {
			return nil, err
		}
		found[i] = bytes
	}
	return found, nil
}

func openCheckpoint(path, vkey string) (tlog.Tree, error) {
	var tree tlog.Tree
	bytes, err := os.ReadFile(path)
	if err != nil {
		return tree, err
	}
	verifier, err := note.NewVerifier(vkey)
	if err != nil {
		return tree, err
	}
	opened, err := note.Open(bytes, note.VerifierList(verifier))
	if err != nil {
		return tree, err
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) < 4 || lines[0] != verifier.Name() {
		return tree, errors.New("not a checkpoint of this log")
	}
	if tree.N, err = strconv.ParseInt(lines[1], 10, 64); err != nil {
		return tree, err
	}
	root, err := base64.StdEncoding.DecodeString(lines[2])
	if err != nil || len(root) != tlog.HashSize {
		return tree, errors.New("malformed root")
	}
	copy(tree.Hash[:], root)
	return tree, nil
}

// The older tree is the beginning of the newer one, by proof.
func checkGrowth(older, newer tlog.Tree, reader tlog.HashReader) error {
	if older.N > newer.N {
		return fmt.Errorf("rolled back: %d leaves were seen, %d are published", older.N, newer.N)
	}
	proof, err := tlog.ProveTree(newer.N, older.N, reader)
	if err != nil {
		return err
	}
	if err := tlog.CheckTree(proof, newer.N, newer.Hash, older.N, older.Hash); err != nil {
		return fmt.Errorf("forked: %w", err)
	}
	return nil
}

// Each entry of the export is the leaf at its place, proven under the checkpoint; none is missing.
func checkEntries(path string, tree tlog.Tree, reader tlog.HashReader) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	next := int64(0)
	for lines := bufio.NewScanner(file); lines.Scan(); next++ {
		var line struct {
			Leaf  int64
			Bytes string
		}
		if err := json.Unmarshal(lines.Bytes(), &line); err != nil {
			return err
		}
		if line.Leaf != next {
			return fmt.Errorf("removed: leaf %d has no entry", next)
		}
		commitment := sha256.Sum256([]byte(line.Bytes))
		proof, err := tlog.ProveRecord(tree.N, line.Leaf, reader)
		if err != nil {
			return err
		}
		if err := tlog.CheckRecord(proof, tree.N, tree.Hash, line.Leaf, tlog.RecordHash(commitment[:])); err != nil {
			return fmt.Errorf("changed or reordered: leaf %d: %w", line.Leaf, err)
		}
	}
	if next != tree.N {
		return fmt.Errorf("removed: leaf %d has no entry", next)
	}
	return nil
}

func audit(arguments []string) (tlog.Tree, error) {
	tree, err := openCheckpoint(filepath.Join(arguments[0], "checkpoint"), arguments[1])
	if err != nil {
		return tree, err
	}
	// Every tile that is read is checked against the checkpoint's root by tlog itself.
	reader := tlog.TileHashReader(tree, folder(arguments[0]))
	if len(arguments) > 3 {
		older, err := openCheckpoint(arguments[3], arguments[1])
		if err != nil {
			return tree, err
		}
		if err := checkGrowth(older, tree, reader); err != nil {
			return tree, err
		}
	}
	if arguments[2] == "-" {
		return tree, nil
	}
	return tree, checkEntries(arguments[2], tree, reader)
}

func main() {
	if len(os.Args) < 4 {
		fmt.Println("go-tlog FOLDER VKEY EXPORT [CHECKPOINT-SEEN-BEFORE]")
		os.Exit(2)
	}
	tree, err := audit(os.Args[1:])
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println("ok", tree.N)
}

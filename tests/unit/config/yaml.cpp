// What the loader makes of YAML itself.
#include "config/load.hpp"
#include "files.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <vector>

using namespace sluice::config;
using namespace sluice::config::tests;

namespace {

using told = std::vector<std::string>;

} // namespace

TEST_CASE("yaml: a byte order mark and CRLF line ends change nothing")
{
    CHECK(lines("\xef\xbb\xbf" + good_text()) == told{});
    std::string crlf;
    for (const char c : good_text())
        crlf += c == '\n' ? std::string("\r\n") : std::string(1, c);
    CHECK(lines(crlf) == told{});
    CHECK(load_text(crlf, "f.yaml", references::leave).value.pipelines[0].sink.table ==
          "user_logins");
}

TEST_CASE("yaml: a file without content is empty")
{
    const told empty{"f.yaml: is empty; start from what sluice check --defaults prints"};
    for (const char* const text :
         {"", "\n\n", "# a comment\n", "---\n", "null\n", "~", "\xef\xbb\xbf"})
        CHECK(lines(text) == empty);
}

TEST_CASE("yaml: a file that holds no map says where to begin")
{
    CHECK(lines("- a\n") == told{"f.yaml:1: is no map of keys; begin with the key pipelines"});
    CHECK(lines("\npipelines\n") ==
          told{"f.yaml:2: is no map of keys; begin with the key pipelines"});
}

TEST_CASE("yaml: bad syntax is told with its line")
{
    CHECK(lines("a:\n\tb: 1\n") ==
          told{"f.yaml:2: is no YAML: illegal map value; correct the syntax here"});
    CHECK(lines("a: b: c\n") ==
          told{"f.yaml:1: is no YAML: illegal map value; correct the syntax here"});
    CHECK(lines("a: 1\nb: [1,\n2\nc: 3\n") ==
          told{"f.yaml:4: is no YAML: end of sequence flow not found; correct the syntax here"});
    CHECK(lines("a: 'x") ==
          told{"f.yaml:1: is no YAML: illegal EOF in scalar; correct the syntax here"});
    CHECK(
        lines("a: *b\n") ==
        told{
            "f.yaml:1: is no YAML: the referenced anchor is not defined; correct the syntax here"});
    CHECK(lines("a: \"\\q\"\n") ==
          told{"f.yaml:1: is no YAML: unknown escape character: q; correct the syntax here"});
    CHECK(lines("a: @x\n") == told{"f.yaml:1: is no YAML: unknown token; correct the syntax here"});
}

TEST_CASE("yaml: a reference that breaks the braces around it is told how to stand there")
{
    CHECK(lines("workers: auto\nkeys: { keyring: ${env:DIR}/k }\n") ==
          told{"f.yaml:2: is no YAML: end of map flow not found; "
               "inside { } and [ ], put a value with ${...} in quotes"});
}

TEST_CASE("yaml: nesting without end is refused, not followed")
{
    CHECK(lines(std::string(100'000, '[')) ==
          told{"f.yaml:1: is no YAML: bad file; correct the syntax here"});
    std::string maps;
    for (int i = 0; i < 100'000; ++i)
        maps += "{a: ";
    CHECK(lines(maps) == told{"f.yaml:1: is no YAML: bad file; correct the syntax here"});
}

TEST_CASE("yaml: text that is not UTF-8, or holds a NUL, is refused")
{
    CHECK(lines("a: \xff\n") == told{"f.yaml: is no UTF-8 text; save it as UTF-8"});
    CHECK(lines("a: \xed\xa0\x80\n") == told{"f.yaml: is no UTF-8 text; save it as UTF-8"});
    CHECK(lines(std::string("a: 1\nb: \0\n", 10)) == told{"f.yaml:2: holds a NUL; remove it"});
}

TEST_CASE("yaml: a second document is refused")
{
    CHECK(lines("workers: auto\n---\nworkers: 2\n") ==
          told{"f.yaml:2: is no part of the document before it; "
               "keep one document in a file, and nothing behind it"});
    CHECK(lines("workers: auto\n...\n- 1\n") ==
          told{"f.yaml:3: is no part of the document before it; "
               "keep one document in a file, and nothing behind it"});
}

TEST_CASE("yaml: a stray comma is refused, and is no beginning of endless documents")
{
    CHECK(lines("\n, workers: auto\n") ==
          told{"f.yaml:2: is no part of the document before it; "
               "keep one document in a file, and nothing behind it"});
}

TEST_CASE("yaml: an alias stands for the value of its anchor")
{
    const std::string text =
        replaced(replaced(good_text(), "{ type: text, from: /user_id, required: true }",
                          "&field { type: text, from: /x }"),
                 "{ type: text, from: /ip, mask: seal }", "*field");
    const loaded got = load_text(text, "f.yaml", references::leave);
    CHECK(lines(got) == told{});
    const auto& columns = got.value.pipelines.at(0).record.columns;
    REQUIRE(columns.size() == 2);
    CHECK(columns[1].name == "masked_ip");
    CHECK(std::get<json_pointer>(columns[1].from).path == std::vector<std::string>{"x"});
}

TEST_CASE("yaml: an alias of what holds it ends in an error, not in a loop")
{
    CHECK(lines("pipelines: &all\n  a:\n    source: *all\n") ==
          told{"f.yaml:2: pipelines.a.source.a: is an unknown key; known here: sqs",
               "f.yaml:2: pipelines.a.record: is missing; add it: what a message must be, and what "
               "is kept",
               "f.yaml:2: pipelines.a.sink: is missing; add it: where rows go",
               "f.yaml:3: pipelines.a.source.sqs: is missing; add it: a queue of Amazon SQS"});
}

TEST_CASE("yaml: aliases of aliases do not multiply into endless work")
{
    std::string text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
    for (int i = 1; i < 20; ++i) {
        const std::string before = "*a" + std::to_string(i - 1);
        std::string list;
        for (int j = 0; j < 10; ++j)
            list += (j == 0 ? "" : ", ") + before;
        text += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + list + "]\n";
    }
    CHECK(lines(text + "workers: *a19\n").size() == 22); // 20 unknown keys, workers, pipelines
}

TEST_CASE("yaml: a merge key is refused by name")
{
    const std::string text =
        replaced(good_text(), "shutdown: { deadline: 20s }", "shutdown:\n  <<: { deadline: 20s }");
    CHECK(lines(text) == told{"f.yaml:28: shutdown.<<: is a merge key, which is not read; "
                              "write the keys out, or give the whole map with an alias"});
}

TEST_CASE("yaml: tags are refused, not ignored")
{
    CHECK(lines(replaced(good_text(), "workers: auto", "workers: !!str auto")) ==
          told{"f.yaml:25: workers: has the tag \"tag:yaml.org,2002:str\"; "
               "remove it: tags are not read"});
    CHECK(lines(replaced(good_text(), "workers: auto", "workers: !secret auto")) ==
          told{"f.yaml:25: workers: has the tag \"!secret\"; remove it: tags are not read"});
}

TEST_CASE("yaml: a key that is no text is refused")
{
    CHECK(lines(good_text() + "? [a, b]\n: 1\n") ==
          told{"f.yaml:29: has a key that is no text; write the key as text"});
}

TEST_CASE("yaml: text in blocks and in quotes is one value")
{
    const auto keyring = [](const std::string& spelling) {
        return load_text(replaced(good_text(), "{ keyring: /etc/sluice/keyring.json }", spelling),
                         "f.yaml", references::leave)
            .value.keyring;
    };
    CHECK(keyring("{ keyring: \"/a/\\u00e9\" }") == "/a/\u00e9");
    CHECK(keyring("{ keyring: '/a/''b' }") == "/a/'b");
    CHECK(keyring("\n  keyring: >-\n    /a\n    b") == "/a b");
}

#include "daemon/init/starter_file.hpp"

#include "config/rules.hpp"
#include "daemon/init/starter_tests.hpp"
#include "daemon/init/yaml_text.hpp"
#include "transform/columns/column_plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <variant>

namespace sluice::daemon {

using config::body_encoding;
using config::body_format;
using config::column;
using config::mask_kind;
using config::parse_verb;

namespace {

constexpr std::size_t name_width_max = 32;
constexpr std::size_t names_told_max = 12;

std::string type_text(const column& of)
{
    return fmt::format("{}{}", transform::to_string(of.type), of.is_array ? "[]" : "");
}

std::string origin_text(const column& of)
{
    return yaml_text(config::pointer_text(std::get<config::json_pointer>(of.from)));
}

// Characters, not bytes.
std::size_t width_of(std::string_view text)
{
    return static_cast<std::size_t>(
        std::ranges::count_if(text, [](char c) { return (c & 0xc0) != 0x80; }));
}

std::string keys_of(const column& of)
{
    std::string out =
        fmt::format("type: {}", of.is_array ? yaml_scalar(type_text(of)) : type_text(of));
    if (of.max_length)
        out += fmt::format(", max_length: {}", *of.max_length);
    out += fmt::format(", from: {}", origin_text(of));
    if (!of.parse.empty())
        out +=
            of.parse.front().verb == parse_verb::epoch_s ? ", parse: epoch_s" : ", parse: epoch_ms";
    if (of.mask != mask_kind::none)
        out += of.mask == mask_kind::seal ? ", mask: seal" : ", mask: drop";
    return out + (of.required ? ", required: true" : "");
}

// One file being written, from top to bottom.
class starter_writer
{
public:
    starter_writer(const starter_settings& given, const starter_columns& made)
        : given_(given), made_(made)
    {}

    std::string write() &&
    {
        head();
        source();
        record();
        sink();
        tests();
        keys();
        return std::move(out_);
    }

private:
    void head();
    void source();
    void record();
    void envelope();
    void masks();
    void bounds();
    void columns();
    void sink();
    void tests();
    void keys();

    [[nodiscard]] bool has(mask_kind mask) const
    {
        return std::ranges::any_of(
            made_.columns, [mask](const starter_column& each) { return each.is.mask == mask; });
    }
    [[nodiscard]] bool is_masked() const { return has(mask_kind::seal) || has(mask_kind::drop); }

    template <class... Args>
    void line(fmt::format_string<Args...> form, Args&&... args)
    {
        out_ += fmt::format(form, std::forward<Args>(args)...) + "\n";
    }

    const starter_settings& given_;
    const starter_columns& made_;
    std::string out_;
};

void starter_writer::head()
{
    line(
        "# Written by `sluice init` from {}{} sample message{}: look it through before you use it.",
        given_.is_cut ? "the first " : "", given_.samples, given_.samples == 1 ? "" : "s");
    line("#");
    line("# What differs from one place to the next comes from the environment:");
    if (given_.queue_url.empty())
        line("#   SLUICE_QUEUE_URL   the queue, as SQS shows it");
    line("#   DATABASE_URL       postgresql://USER@HOST/DATABASE");
    if (is_masked())
        line("#   SLUICE_KEYRING     the file that `sluice keys generate --keyring FILE` made");
    line("#");
    line("# Try it:");
    line("#   sluice check     -c FILE           types and tests; needs none of these");
    line("#   sluice preflight -c FILE           the queue, the database, the rights to both");
    line("#   sluice run       -c FILE --once    ends when the queue is empty");
    line("#");
    line("# Every key that is left out here has a safe default: `sluice check --defaults` prints "
         "them all.\n");
}

void starter_writer::source()
{
    line("pipelines:");
    line("  {}:", yaml_scalar(given_.pipeline));
    line("    source:");
    line("      sqs:");
    line("        queue_url: {}\n",
         given_.queue_url.empty() ? "${env:SLUICE_QUEUE_URL}" : yaml_scalar(given_.queue_url));
}

void starter_writer::record()
{
    line("    record:");
    envelope();
    line("      # Left: the column of the table. `from`: the field of the message, as a JSON "
         "pointer.");
    line("      # What does not fit is never cut or guessed: the message becomes a dead letter "
         "with its reason.");
    if (given_.left_fields_out)
        line("      # Left out are fields beyond the first {}, and those that are named like a "
             "value.",
             starter_columns_max);
    masks();
    bounds();
    line("      columns:");
    columns();
}

void starter_writer::envelope()
{
    if (given_.form.format == body_format::sns_json)
        line(
            "      format: sns_json        # the samples are notifications; the pointers lead into "
            "Message");
    if (given_.form.encoding == body_encoding::base64_gzip)
        line("      encoding: base64+gzip");
}

void starter_writer::masks()
{
    if (has(mask_kind::seal)) {
        line("      # `mask: seal` is on fields that look personal, by their name or by a value. "
             "Equal values stay");
        line("      # equal, and `sluice unmask` opens them. To store one in clear, remove `mask` "
             "and rename the column.");
    }
    if (has(mask_kind::drop)) {
        line("      # `mask: drop` is on those that cannot be sealed, since they are no text: "
             "always null. To store one");
        line("      # in clear, remove `mask`.");
    }
}

void starter_writer::bounds()
{
    if (given_.samples < samples_that_tell) {
        line("      # These were too few samples to tell what is in every message. Give `required: "
             "true` to a column");
        line("      # without which a message makes no sense: then messages of another kind are "
             "refused.");
        return;
    }
    std::string names;
    for (std::size_t i = 0; i < std::min(made_.always_there.size(), names_told_max); ++i)
        names += (i == 0 ? "" : ", ") + made_.always_there[i];
    if (made_.always_there.size() > names_told_max)
        names += " and more";
    const bool has_required = std::ranges::any_of(
        made_.columns, [](const starter_column& each) { return each.is.required; });
    if (!names.empty())
        line("      # {} every sample, so perhaps `required: true`: {}.",
             has_required ? "Also in" : "In", names);
}

void starter_writer::columns()
{
    std::size_t width = 0;
    for (const starter_column& each : made_.columns)
        width = std::max(width, width_of(yaml_scalar(each.is.name)) + 1);
    width = std::min(width, name_width_max);
    for (const starter_column& each : made_.columns) {
        for (const std::string& note : each.notes)
            line("        # {}", note);
        const std::string name = yaml_scalar(each.is.name) + ":";
        const std::size_t blanks = std::max(width, width_of(name)) - width_of(name);
        line("        {}{} {{ {} }}", name, std::string(blanks, ' '), keys_of(each.is));
    }
}

void starter_writer::sink()
{
    line("\n    sink:");
    line("      postgres:");
    line("        url: ${{env:DATABASE_URL}}");
    line("        table: {}    # made from the columns above if it is missing",
         yaml_text(given_.table));
}

void starter_writer::tests()
{
    line("\n    # `sluice check` runs these, without a queue or a database; the values are "
         "invented.");
    line("    tests:");
    out_ += starter_tests(given_.form, made_);
}

void starter_writer::keys()
{
    if (!is_masked())
        return;
    line("\nkeys:");
    line("  keyring: ${{env:SLUICE_KEYRING}}    # readable by the daemon alone (mode 0600)");
}

} // namespace

std::string starter_file(const starter_settings& given, const starter_columns& made)
{
    return starter_writer(given, made).write();
}

} // namespace sluice::daemon

// The limit of the database's side: the rows of the benchmark by COPY BINARY, without a queue, a
// ledger or a mask.
//
//   copy_limits URL ROWS ROWS_OF_A_COMMIT      0: one COPY and one commit for all
//
// Prints "done" when the last commit is, and stays connected until its input ends: what the server
// process of the connection has cost can be read as long as it is there.
#include "core/byte_buffer.hpp"

#include <libpq-fe.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <iostream>
#include <limits>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace {

using sluice::byte_buffer;

struct finish_connection
{
    void operator()(PGconn* of) const noexcept { PQfinish(of); }
};
using connection = std::unique_ptr<PGconn, finish_connection>;

struct clear_result
{
    void operator()(PGresult* of) const noexcept { PQclear(of); }
};
using result = std::unique_ptr<PGresult, clear_result>;

// "PGCOPY\n\377\r\n\0", no flags, no extension (PostgreSQL manual, COPY, "Binary Format").
constexpr std::string_view copy_head("PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\0", 19);
constexpr std::uint16_t columns = 7;
constexpr std::uint16_t copy_tail = 0xffff; // -1: no more rows
constexpr std::size_t piece_bytes = 64 * 1024;
constexpr std::uint32_t day = 9'500; // days since 2000-01-01: any will do

void require(PGconn* on, bool holds)
{
    if (!holds)
        throw std::runtime_error(PQerrorMessage(on));
}

void append_text(byte_buffer& to, std::string_view text)
{
    to.append_u32(static_cast<std::uint32_t>(text.size()));
    to.append(text);
}

// A row as the daemon writes it: a user id of 36 bytes, and two sealed columns.
void append_row(byte_buffer& to, std::uint64_t number)
{
    constexpr std::string_view template_id = "424cdd21-063a-43a7-b91b-000000000000";
    constexpr std::string_view sealed_ip = "p1.imemtt.nh0Y2LfM1m9SpVJzu5ceXLkWTZ7zkO9r9Jr9";
    constexpr std::string_view sealed_device = "p1.imemtt.E4tZC7MB1y3OwMZuDdIjLiBraZDposhQSDNqeA";
    std::string user(template_id);
    for (std::size_t at = user.size(); number > 0; number /= 10)
        user[--at] = static_cast<char>('0' + number % 10);
    to.append_u16(columns);
    append_text(to, user);
    append_text(to, "android");
    append_text(to, sealed_ip);
    append_text(to, sealed_device);
    append_text(to, "RU");
    to.append_u32(sizeof(std::uint32_t));
    to.append_u32(2);
    to.append_u32(sizeof(std::uint32_t));
    to.append_u32(day);
}

void put(PGconn* on, byte_buffer& bytes)
{
    require(on, PQputCopyData(on, bytes.data(), static_cast<int>(bytes.size())) == 1);
    bytes.clear();
}

void copy(PGconn* on, std::uint64_t first, std::uint64_t end, byte_buffer& scratch)
{
    const result begun(PQexec(on, "COPY user_logins (user_id, device_type, masked_ip, "
                                  "masked_device_id, locale, app_version, create_date) "
                                  "FROM STDIN (FORMAT binary)"));
    require(on, PQresultStatus(begun.get()) == PGRES_COPY_IN);
    scratch.append(copy_head);
    for (std::uint64_t number = first; number < end; ++number) {
        append_row(scratch, number);
        if (scratch.size() >= piece_bytes)
            put(on, scratch);
    }
    scratch.append_u16(copy_tail);
    put(on, scratch);
    require(on, PQputCopyEnd(on, nullptr) == 1);
    const result ended(PQgetResult(on));
    require(on, PQresultStatus(ended.get()) == PGRES_COMMAND_OK);
    while (const result rest{PQgetResult(on)}) {}
}

std::uint64_t parse_number(std::string_view text)
{
    std::uint64_t value = 0;
    const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (ec != std::errc() || end != text.data() + text.size())
        throw std::invalid_argument("ROWS and ROWS_OF_A_COMMIT are numbers");
    return value;
}

void run(const std::vector<std::string>& arguments)
{
    if (arguments.size() != 3)
        throw std::invalid_argument("usage: copy_limits URL ROWS ROWS_OF_A_COMMIT");
    const connection to(PQconnectdb(arguments[0].c_str()));
    require(to.get(), PQstatus(to.get()) == CONNECTION_OK);
    const std::uint64_t rows = parse_number(arguments[1]);
    const std::uint64_t asked = parse_number(arguments[2]);
    const std::uint64_t step = asked == 0 ? rows : asked;
    byte_buffer scratch;
    for (std::uint64_t first = 0; first < rows; first += step)
        copy(to.get(), first, std::min(first + step, rows), scratch);
    std::cout << "done" << std::endl; // flushed: somebody waits for it
    std::cin.ignore(std::numeric_limits<std::streamsize>::max(), EOF);
}

} // namespace

int main(int argc, char** argv)
{
    try {
        run({argv + 1, argv + argc});
        return 0;
    } catch (const std::exception& error) {
        std::cerr << "copy_limits: " << error.what() << '\n';
        return 1;
    }
}

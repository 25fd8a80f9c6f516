// Zip archives: round trips, alignment, the same bytes each time, and archives that lie.
#include <catch.h>
#include <temporary_directory.h>

#include <taper/io/file.h>
#include <taper/io/zip.h>
#include <taper/tensor/error.h>

using namespace taper;

namespace {

std::span<const std::byte> bytes_of(const std::string& content) { return std::as_bytes(std::span(content)); }

// An archive with one entry "a" of 2000 equal letters, and one "folder/ü" of two parts.
std::string archive(const io::ZipEntryOptions& options) {
  const TemporaryDirectory directory;
  io::ZipWriter writer("test", directory / "a.zip");
  writer.add("a", {std::string(2000, 'x')}, options);
  writer.add("folder/ü", {"one, ", "two"}, options);
  writer.add("empty", {}, options);
  writer.commit();
  return io::read_file(directory / "a.zip");
}

}  // namespace

TEST_CASE("a zip archive has the same bytes each time") {
  CHECK(archive({}) == archive({}));
  CHECK(archive({}).size() > 2000);
  CHECK(archive({.deflate = true}).size() < 500);
}

TEST_CASE("a zip archive takes the form of large ones where it must, or is told to") {
  CHECK(archive({.zip64 = true}).size() == archive({}).size() + 3 * (20 + 28));  // a field in both records
}

TEST_CASE("of a zip archive that is not finished nothing stays") {
  const TemporaryDirectory directory;
  io::write_file(directory / "a.zip", "old");
  {
    io::ZipWriter writer("test", directory / "a.zip");
    writer.add("a", {"1"});
  }
  CHECK(io::read_file(directory / "a.zip") == "old");
  CHECK(directory.entries() == 1);
  CHECK_THROWS_WITH(io::ZipWriter("test", directory / "b/a.zip"), ContainsSubstring("test: cannot write '"));
}

TEST_CASE("an entry's name occurs once in a zip archive") {
  const TemporaryDirectory directory;
  io::ZipWriter writer("test", directory / "a.zip");
  writer.add("b", {"1"});
  writer.add("a", {"2"});
  CHECK_THROWS_WITH(writer.add("b", {"3"}), "test: the name 'b' occurs twice");
  CHECK_THROWS_WITH(writer.add("", {}), "test: expected an entry's name of 1 to 65535 bytes, got 0");
  CHECK_THROWS_AS(writer.add(std::string(65536, 'n'), {}), ValueError);
}

#ifdef TAPER_HAS_LIBZIP

TEST_CASE("what is written to a zip archive is read from it") {
  for (const io::ZipEntryOptions& options : {io::ZipEntryOptions{},
                                             {.deflate = true},
                                             {.alignment = 64},
                                             {.zip64 = true},
                                             {.deflate = true, .zip64 = true}}) {
    const std::string content = archive(options);
    const io::ZipReader reader("test", bytes_of(content));
    REQUIRE(reader.entries().size() == 3);
    CHECK(reader.entries()[0].name == "a");
    CHECK(reader.entries()[0].size == 2000);
    CHECK(reader.find("nothing") == nullptr);
    CHECK(reader.find("folder/ü") == &reader.entries()[1]);
    CHECK(reader.read(*reader.find("a")) == std::string(2000, 'x'));
    CHECK(reader.read(*reader.find("folder/ü")) == "one, two");
    CHECK(reader.read(*reader.find("empty")).empty());
    CHECK_THROWS_WITH(reader.read(*reader.find("a"), 1999),
                      "test: entry 'a': expected at most 1999 bytes, got 2000");
    reader.stream(reader.entries()[1], [&](const io::ReadBytes& read) {
      char text[6] = {};
      read(text, 5);
      CHECK(std::string(text) == "one, ");
      CHECK_THROWS_WITH(read(text, 4),
                        ContainsSubstring("entry 'folder/ü' cannot be read: it ends too early"));
    });
  }
}

TEST_CASE("what is stored in a zip archive is aligned if asked for") {
  for (const bool zip64 : {false, true}) {
    const std::string content = archive({.alignment = 64, .zip64 = zip64});
    CHECK(content.find("xxxx") % 64 == 0);
    CHECK(content.find("one, ") % 64 == 0);
  }
}

TEST_CASE("a zip archive is read from its file") {
  const TemporaryDirectory directory;
  io::write_file(directory / "a.zip", archive({}));
  const io::ZipReader reader("test", directory / "a.zip");
  CHECK(reader.read(*reader.find("folder/ü")) == "one, two");
  CHECK_THROWS_WITH(io::ZipReader("test", directory / "b.zip"), ContainsSubstring("test: cannot read '"));
  CHECK_THROWS_WITH(io::ZipReader("test", directory / ""), ContainsSubstring("test: cannot read '"));
  io::write_file(directory / "b.zip", "no archive");
  CHECK_THROWS_WITH(io::ZipReader("test", directory / "b.zip"),
                    ContainsSubstring("b.zip': cannot be read as a zip archive: "));
}

TEST_CASE("zip archives that lie are refused") {
  const std::string good = archive({});
  const std::size_t record = good.find("PK\x01\x02");  // of "a", in the directory
  const auto changed = [&](std::size_t at, std::string_view bytes, const std::string& archive) {
    std::string content = archive;
    return content.replace(at, bytes.size(), bytes);
  };
  const auto check = [](const std::string& content, const std::string& reason) {
    INFO(reason);
    CHECK_THROWS_AS(io::ZipReader("test", bytes_of(content)), IoError);
    CHECK_THROWS_WITH(io::ZipReader("test", bytes_of(content)), ContainsSubstring(reason));
  };
  check(good.substr(0, good.size() - 30), "cannot be read as a zip archive");
  check(changed(record + 8, std::string_view("\1\0", 2), good), "entry 'a' is encrypted");
  check(changed(record + 10, std::string_view("\14\0", 2), good), "method 12, which is not deflate");
  check(changed(record + 24, std::string_view("\xff\xff\xff\x7f", 4), good),
        "claims 2147483647 bytes from 2000");
  check(changed(record + 20, std::string_view("\0\0\1\0\0\0\1\0", 8), good), "claims 65536 bytes from 65536");
  const std::string small = archive({.deflate = true});
  check(changed(small.find("PK\x01\x02") + 24, std::string_view("\xff\xff\xff\x7f", 4), small),
        "claims 2147483647 bytes from");

  // The same name twice: "b" in place of "a", in both records.
  const TemporaryDirectory directory;
  io::ZipWriter writer("test", directory / "a.zip");
  writer.add("name", {"1"});
  writer.add("mane", {"2"});
  writer.commit();
  std::string twice = io::read_file(directory / "a.zip");
  for (std::size_t at = 0; (at = twice.find("mane")) != twice.npos;) twice.replace(at, 4, "name");
  check(twice, "the entry 'name' occurs twice");

  // Damaged content is noticed when it is read.
  const std::string damaged = changed(good.find("xxxx"), "y", good);
  const io::ZipReader reader("test", bytes_of(damaged));
  CHECK_THROWS_WITH(reader.read(reader.entries()[0]), ContainsSubstring("entry 'a' cannot be read: CRC"));
}

#else

TEST_CASE("without libzip an error says how to get it") {
  const std::string content = archive({});
  CHECK_THROWS_WITH(io::ZipReader("test", bytes_of(content)), ContainsSubstring("libzip-dev"));
}

#endif

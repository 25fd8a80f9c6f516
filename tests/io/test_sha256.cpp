// SHA-256: the examples of FIPS 180-4, of any length and in any parts.
#include <string>

#include <catch.h>
#include <temporary_directory.h>

#include <taper/io/sha256.h>
#include <taper/tensor/error.h>

using namespace taper;

namespace {

std::string hash(const std::string& text, std::size_t part = 1000) {
  io::Sha256 hash;
  for (std::size_t at = 0; at < text.size(); at += part) {
    const std::string piece = text.substr(at, part);
    hash.add(std::as_bytes(std::span(piece)));
  }
  return hash.digits();
}

}  // namespace

TEST_CASE("SHA-256 of known texts") {
  CHECK(hash("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(hash("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(hash("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq") ==
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  CHECK(hash(std::string(1'000'000, 'a')) ==
        "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST_CASE("SHA-256 does not depend on the parts") {
  for (const std::size_t size : {55U, 56U, 63U, 64U, 65U, 119U, 120U, 128U, 500U}) {
    const std::string text(size, 'x');
    for (const std::size_t part : {1U, 7U, 63U, 64U, 65U, 200U}) CHECK(hash(text, part) == hash(text));
  }
}

TEST_CASE("SHA-256 of a file") {
  const TemporaryDirectory directory;
  CHECK(io::sha256_of_file(directory.file("a", std::string(1'000'000, 'a'))) ==
        "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
  CHECK(io::sha256_of_file(directory.file("b", "")) ==
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK_THROWS_AS(io::sha256_of_file(directory / "c"), IoError);
}

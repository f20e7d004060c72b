// How to compress: methods, filters, method strings, recommendations; and what jobs did, added up.
#include "cpp_test.hpp"

namespace {

std::string bytes_of(const pc::Archive &archive) { return std::string(archive.begin(), archive.end()); }

/// Whether 7zz names that method for the entry.
bool has_method(const pc::Archive &archive, const std::string &method)
{
  const std::string path = place("method.7z"), log = place("listing");
  write_file(path.c_str(), archive.data(), archive.size());
  const std::string command = "7zz l -slt '" + path + "' it </dev/null 2>&1 | grep '^Method = ' >'" + log + "'; grep -q '" + method + "' '" + log + "'";
  return system(command.c_str()) == 0;
}

void methods_and_filters()
{
  const std::string piece = text_of(test_is_quick ? 1000 : 20000, 1), text = piece + piece + piece;
  const std::vector<pc::Item> items = {pc::Item::memory(text, "it")};
  pc::Status status;
  const auto made = [&](auto &&setup) {
    pc::Compressor compressor = eager();
    setup(compressor);
    return compressor.compressToMemory(items);
  };
  const std::vector<std::pair<pc::Method, const char *>> methods = {
      {pc::Method::copy, "Copy"}, {pc::Method::lzma2, "LZMA2"}, {pc::Method::lzma, "LZMA:"}, {pc::Method::ppmd, "PPMD"},
      {pc::Method::bzip2, "BZip2"}, {pc::Method::deflate, "Deflate"}, {pc::Method::zstandard, "4F71101\\|ZSTD"},
      {pc::Method::brotli, "4F71102\\|BROTLI"}, {pc::Method::lz4, "4F71104\\|LZ4"}};
  for (const auto &[method, name] : methods) {
    CHECK(has_method(made([m = method](pc::Compressor &c) { c.method(m); }), name));
  }
  const std::vector<std::pair<pc::Filter, const char *>> filters = {
      {pc::Filter::automatic, "Method = LZMA2"}, {pc::Filter::none, "Method = LZMA2"}, {pc::Filter::bcjX86, "BCJ"}, {pc::Filter::bcjArm, "ARM "},
      {pc::Filter::bcjArmThumb, "ARMT"}, {pc::Filter::bcjArm64, "ARM64\\| A "}, {pc::Filter::bcjPowerPc, "PPC"}, {pc::Filter::bcjSparc, "SPARC"},
      {pc::Filter::bcjItanium, "IA64"}, {pc::Filter::bcjRiscV, "RISCV\\| B "}};
  for (const auto &[filter, name] : filters) {
    CHECK(has_method(made([f = filter](pc::Compressor &c) { c.filter(f); }), name));
  }
  std::string program = text_of(50000, 4);
  for (std::size_t at = 64, n = 0; at + 5 < program.size(); at += 13, n++) {
    program.replace(at, 5, {n % 2 ? '\xE9' : '\xE8', static_cast<char>(at % 256), 0, 0, 0});
  }
  program.replace(0, 20, std::string("\x7F" "ELF\2\1\1\0\0\0\0\0\0\0\0\0\2\0\x3E\0", 20));
  const std::vector<pc::Item> programs = {pc::Item::memory(program, "it")};
  pc::Compressor bcj2 = eager();
  CHECK(has_method(bcj2.level(9).dictionarySize(1 << 20).compressToMemory(programs), "BCJ LZMA2"));
  CHECK(has_method(bcj2.filter(pc::Filter::bcj2).compressToMemory(programs), "BCJ2 LZMA2"));
  CHECK(thrown_code([&] { bcj2.method(pc::Method::ppmd).compressToMemory(programs); }) == E_INVALIDARG);
  CHECK(has_method(made([](pc::Compressor &c) { c.deltaFilter(4); }), "Delta:4"));
  CHECK(has_method(made([](pc::Compressor &c) { c.methodString("BCJ PPMd:o=5:mem=1m"); }), "BCJ PPMD:o5:mem"));

  pc::Compressor c;
  CHECK(c.filter(pc::Filter::none, status) && c.deltaFilter(256, status) && c.methodString("bcj lzma2:x=1", status) && status.ok());
  CHECK(c.inputParallelism(3, status) && &c.inputParallelism(0) == &c);
  CHECK(thrown_code([&] { c.filter(static_cast<pc::Filter>(0x99)); }) == E_INVALIDARG);
  CHECK(!c.deltaFilter(257, status) && status.code() == E_INVALIDARG && !c.deltaFilter(0, status));
  CHECK(thrown_code([&] { c.deltaFilter(0); }) == E_INVALIDARG);
  CHECK(thrown_code([&] { c.methodString("LZMA9"); }) == E_INVALIDARG);
  CHECK(!c.methodString("LZMA2:fb=1000", status) && status.code() == E_INVALIDARG && status.message().find("fb") != std::string::npos);
  CHECK(!c.methodString(std::string("LZMA2\0x", 7), status) && status.code() == E_INVALIDARG);
}

void recommendations()
{
  const std::string text = text_of(test_is_quick ? 3000 : 200000, 2);
  const std::vector<pc::Item> items = {pc::Item::memory(text, "it"), pc::Item::memory(text, "again")};
  const pc::Recommendation packed = pc::recommend(1000, 500000000, pc::Kind::compressed);
  const pc::Recommendation mixed = pc::recommend(1000, 500000000);
  pc::Status status;
  CHECK(mixed.threads >= 1 && mixed.level == 5 && mixed.method == pc::Method::lzma2 && mixed.solid && mixed.filterExecutables);
  CHECK(mixed.inputParallelism >= 1 && mixed.blockBytes > 500000 && mixed.filesPerBlock == mixed.blockBytes / 500000);
  CHECK(mixed.dictionarySize > 0 && mixed.batchBytes == 0 && mixed.batchItems == 0);
  CHECK(packed.level == 1 && !packed.solid && !packed.filterExecutables && packed.blockBytes == 0);
  const pc::Recommendation tiny = pc::recommend(10000, 50000000, pc::Kind::compressed, status);
  CHECK(status.ok() && tiny.batchBytes > 0 && tiny.batchItems == tiny.batchBytes / 5000);
  CHECK(!pc::recommend(1, 1, pc::Kind::text).filterExecutables && pc::recommend(0, 0, pc::Kind::manyTiny).solid);
  CHECK(pc::recommend(1, 1, pc::Kind::binary).level == 5);
  CHECK(thrown_code([] { pc::recommend(1, 1, static_cast<pc::Kind>(99)); }) == E_INVALIDARG);
  CHECK(pc::recommend(1, 1, static_cast<pc::Kind>(99), status).threads == 0 && status.code() == E_INVALIDARG);
  CHECK(status.message().find("99") != std::string::npos);

  pc::Compressor applied, by_hand;
  CHECK(applied.solidBlockSize(1).apply(packed).estimateMemory() == packed.estimatedMemory);
  by_hand.threads(packed.threads).level(1).solid(false).filter(pc::Filter::none).dictionarySize(packed.dictionarySize);
  CHECK(by_hand.estimateMemory() == packed.estimatedMemory);
  CHECK(bytes_of(applied.compressToMemory(items)) == bytes_of(by_hand.compressToMemory(items)));
  // It may be changed before.
  pc::Recommendation changed = packed;
  changed.method = pc::Method::copy;
  CHECK(applied.apply(changed, status) && status.ok() && applied.compressToMemory(items).size() > 2 * text.size());
  changed.method = static_cast<pc::Method>(0x777);
  CHECK(!applied.apply(changed, status) && status.code() == E_INVALIDARG);
  CHECK(thrown_code([&] { applied.apply(changed); }) == E_INVALIDARG);
  pc::Queue queue;
  CHECK(queue.apply(packed).estimateMemory() == packed.estimatedMemory);
}

void totals()
{
  pc::Compressor compressor = eager();
  pc::Status status;
  CHECK(compressor.totals().jobs == 0 && compressor.totals(status).totalInSize == 0 && status.ok());
  const std::string text = text_of(5000, 3);
  const pc::Archive archive =
      compressor.compressToMemory({pc::Item::memory("small", "s"), pc::Item::memory(text, "m"), pc::Item::path(place("missing"))});
  const pc::Totals one = compressor.totals();
  CHECK(one.jobs == 1 && one.itemsCompleted == 2 && one.itemsFailed == 1 && one.totalInSize == 5005);
  CHECK(one.totalOutSize == archive.size() && one.elapsed.count() > 0 && one.busy.count() > 0);
  CHECK(one.bytesPerSecond > 0 && one.filesPerSecond > 0 && one.ratioPercent == archive.summary().statistics.ratioPercent);
  CHECK(one.sizeClasses[0].items == 1 && one.sizeClasses[0].inSize == 5 && one.sizeClasses[1].items == 1);
  CHECK(one.sizeClasses[1].inSize == 5000 && one.sizeClasses[1].outSize > 0 && one.sizeClasses[2].items == 0);

  pc::Queue queue;
  queue.level(1).add("four");
  queue.start(place("queue.7z"));
  queue.wait();
  pc::Totals sum = queue.totals();
  const pc::Totals other = sum;
  CHECK(sum.jobs == 1 && sum.totalInSize == 4);
  CHECK(&(sum += one) == &sum && sum.jobs == 2 && sum.itemsCompleted == 3 && sum.itemsFailed == 1 && sum.totalInSize == 5009);
  CHECK(sum.totalOutSize == one.totalOutSize + other.totalOutSize && sum.elapsed == one.elapsed + other.elapsed);
  CHECK(sum.busy == one.busy + other.busy && sum.sizeClasses[0].items == 2 && sum.sizeClasses[0].inSize == 9);
  CHECK(sum.ratioPercent > 0 && sum.bytesPerSecond > 0 && sum.filesPerSecond > 0);
  const pc::Totals swapped = one + other;
  CHECK(swapped.totalInSize == sum.totalInSize && swapped.filesPerSecond == sum.filesPerSecond);
  sum += sum;
  CHECK(sum.jobs == 4 && sum.totalInSize == 10018);
  pc::Totals huge;
  huge.jobs = UINT64_MAX;
  CHECK((huge += one).jobs == UINT64_MAX && (pc::Totals() + pc::Totals()).ratioPercent == 0);
}

} // namespace

int main(int argc, char **argv)
{
  if (!test_begin(argc, argv)) return 2;
  methods_and_filters();
  recommendations();
  totals();
  return test_end();
}

using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.RegularExpressions;
using Nave.Storage.Files;
using Nave.Testing.Disks;
using Nave.Testing.EventLogs;

namespace Nave.Storage.Tests.Files;

/// <summary>The bytes on disk are those of docs/formats/event-log.md, whose examples are read from the document itself.</summary>
public sealed partial class FormatTests
{
    [Fact]
    public void The_documented_chunk_is_what_is_written_and_read()
    {
        var header = new ChunkHeader(0x1122334455667788, 3, 10, 500, 2, 13, 1_767_225_600_000, 7, 9, 4096);
        var chunk = new byte[header.TotalBytes];
        var crc = header.Write(chunk);
        chunk[ChunkHeader.Size] = 2;
        "hi"u8.CopyTo(chunk.AsSpan(ChunkHeader.Size + 4));
        chunk[ChunkHeader.Size + 6] = 3;
        "yes"u8.CopyTo(chunk.AsSpan(ChunkHeader.Size + 10));
        ChunkHeader.WriteCrc(chunk, Crc32C.Append(crc, chunk.AsSpan(ChunkHeader.Size)));
        Assert.Equal(Documented("chunk"), Hex(chunk));
        Assert.True(ChunkHeader.TryRead(chunk, out var read));
        Assert.Equal(header, read);
        Assert.True(ChunkHeader.HasGoodCrc(chunk));
    }

    [Fact]
    public void The_documented_segment_header_is_what_is_written_and_read()
    {
        var header = Header();
        var page = new byte[SegmentHeader.Size];
        header.Write(page);
        Assert.Equal(Documented("segment-header"), Hex(page));
        var read = SegmentHeader.TryRead(page);
        Assert.NotNull(read);
        Assert.Equal(header with { Base = read.Base }, read);
        Assert.Equal(header.Base, read.Base);
    }

    [Fact]
    public void The_documented_index_is_what_is_written_and_read()
    {
        var header = Header();
        var index = new SegmentIndex(2);
        index[1].Add(new ChunkEntry(10, 500, 1_767_225_600_000, 4096, 13));
        var segment = new Segment(header, 64 << 20)
        {
            End = new SegmentEnd(4184, 7, 9, [PartitionMark.Start, new PartitionMark(12, 513, 506, 1_767_225_600_000, 1_767_225_600_000)]),
        };
        var file = SegmentIndexFile.Encode(segment, index);
        Assert.Equal(Documented("index"), Hex(file));
        var read = SegmentIndexFile.TryReadPage(file, 64 << 20);
        Assert.Equal(segment.End.Marks, read?.End?.Marks);
        Assert.Equal(1, SegmentIndexFile.TryReadEntries(file)?[1].Count);
    }

    [Fact]
    public void The_documented_mark_of_the_end_is_what_is_written_and_read()
    {
        var mark = new LogEndMark(
            0x1122334455667788, 5, Header().LogId,
            new SegmentEnd(4184, 7, 9, [PartitionMark.Start, new PartitionMark(12, 513, 506, 1_767_225_600_000, 1_767_225_600_000)]));
        var page = new byte[LogEndMark.Size];
        mark.Write(page);
        Assert.Equal(Documented("end-mark"), Hex(page));
        var read = LogEndMark.TryRead(page)!;
        Assert.Equal(mark with { End = read.End }, read);
        Assert.Equal(mark.End with { Marks = read.End.Marks }, read.End);
        Assert.Equal(mark.End.Marks, read.End.Marks);
    }

    [Fact]
    public void Every_flipped_bit_of_a_header_or_index_is_found()
    {
        var page = new byte[SegmentHeader.Size];
        Header().Write(page);
        var segment = new Segment(Header(), 64 << 20) { End = new SegmentEnd(4184, 7, 9, Header().Base) };
        var index = SegmentIndexFile.Encode(segment, new SegmentIndex(2));
        var mark = new byte[LogEndMark.Size];
        new LogEndMark(1, 2, Guid.NewGuid(), segment.End).Write(mark);
        for (var bit = 0; bit < page.Length * 8; bit++)
        {
            mark[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.Null(LogEndMark.TryRead(mark));
            mark[bit / 8] ^= (byte)(1 << (bit % 8));
            page[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.Null(SegmentHeader.TryRead(page));
            page[bit / 8] ^= (byte)(1 << (bit % 8));
            index[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.Null(SegmentIndexFile.TryReadPage(index, 64 << 20));
            index[bit / 8] ^= (byte)(1 << (bit % 8));
        }
    }

    [Theory]
    [InlineData("", 0x00000000u)]
    [InlineData("123456789", 0xE3069283u)]
    public void The_checksum_is_crc32c(string text, uint expected) => Assert.Equal(expected, Crc32C.Compute(Encoding.ASCII.GetBytes(text)));

    [Fact]
    public async Task A_file_of_the_log_is_laid_out_as_documented()
    {
        var disk = new FaultDisk();
        await using (var log = await disk.OpenAsync())
        {
            using var probe = new AppendProbe(log);
            Assert.True(await probe.AppendAsync(2, "hi", "yes"));
        }

        Assert.Equal([LogFixture.FirstSegment, LogFixture.EndMark], disk.Paths);
        var content = disk.Content(LogFixture.FirstSegment);
        var header = SegmentHeader.TryRead(content);
        Assert.NotNull(header);
        Assert.Equal(1, header.Number);
        Assert.True(ChunkHeader.TryRead(content.AsSpan(SegmentHeader.Size), out var chunk));
        Assert.Equal((header.SegmentId, 2, 0L, 0L, 4096u), (chunk.SegmentId, chunk.Partition, chunk.BaseSequence, chunk.BaseOffset, chunk.CommitStart));
    }

    private static SegmentHeader Header() => new(
        0x1122334455667788, 5, Guid.Parse("00112233-4455-6677-8899-aabbccddeeff"), 1_767_225_600_000, 6, 9,
        [PartitionMark.Start, new PartitionMark(10, 500, 480, 1_767_225_599_000, 1_767_225_599_500)]);

    /// <summary>Writes bytes as the document does: 16 a line with their position, zeros between left out.</summary>
    private static string Hex(ReadOnlySpan<byte> bytes)
    {
        var text = new StringBuilder();
        for (var at = 0; at < bytes.Length; at += 16)
        {
            var line = bytes.Slice(at, Math.Min(16, bytes.Length - at));
            if (line.ContainsAnyExcept((byte)0))
            {
                text.Append(CultureInfo.InvariantCulture, $"{at:x4}:").Append(string.Concat(Convert.ToHexStringLower(line).Chunk(2).Select(pair => $" {pair[0]}{pair[1]}"))).Append('\n');
            }
        }

        return text.ToString();
    }

    private static string Documented(string name, [CallerFilePath] string here = "")
    {
        var document = File.ReadAllText(Path.Combine(Path.GetDirectoryName(here)!, "../../../docs/formats/event-log.md"));
        var block = Blocks().Matches(document).SingleOrDefault(match => match.Groups[1].Value == name);
        Assert.True(block is not null, $"docs/formats/event-log.md has no example named {name}");
        return block.Groups[2].Value;
    }

    [GeneratedRegex("```hex ([a-z-]+)\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Blocks();
}

using System.Buffers.Binary;
using System.Text;
using Nave.Storage.Files;
using Nave.Testing;
using Nave.Testing.Disks;
using Nave.Testing.EventLogs;

namespace Nave.Storage.Tests.Files;

/// <summary>Every byte at the end of the log is cut off and flipped once.</summary>
public sealed class TornTailTests
{
    private const int Records = 24;

    [Fact]
    public async Task A_torn_tail_is_cut_at_the_last_valid_record_wherever_it_tears()
    {
        var (disk, chunks) = await CreateAsync(closed: false);
        var end = chunks[^1].End;
        for (var cut = SegmentHeader.Size; cut <= end; cut++)
        {
            // What was written last is not there: zeros, as in a preallocated file, or no file at all behind the cut.
            var torn = disk.Clone();
            if (cut % 2 == 0)
            {
                torn.Truncate(LogFixture.FirstSegment, cut);
            }
            else
            {
                for (var at = cut; at < end; at++)
                {
                    torn.Damage(LogFixture.FirstSegment, at, _ => 0);
                }
            }

            // A chunk whose last bytes are zero anyway survives the loss of them.
            var content = torn.Content(LogFixture.FirstSegment);
            var original = disk.Content(LogFixture.FirstSegment);
            var whole = chunks.Count(chunk => chunk.End <= content.Length
                && content.AsSpan((int)chunk.Start, (int)(chunk.End - chunk.Start)).SequenceEqual(original.AsSpan((int)chunk.Start, (int)(chunk.End - chunk.Start))));
            await using (var log = await torn.OpenAsync())
            {
                Assert.Equal(Enumerable.Range(0, whole).Select(Text), await log.ReadTextAsync(0));
                Assert.Equal(0, log.Statistics.DamagedPlaces);
                if (cut % 16 == 0)
                {
                    using var probe = new AppendProbe(log);
                    Assert.True(await probe.AppendAsync(0, "new"));
                    Assert.Equal(whole, (await log.ReadAllAsync(0, whole)).Single().Sequence);
                }
            }
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_flipped_byte_is_never_served_and_does_not_hide_what_follows(bool closed)
    {
        var (disk, chunks) = await CreateAsync(closed);
        for (var at = (long)SegmentHeader.Size; at < chunks[^1].End; at++)
        {
            var flipped = disk.Clone();
            flipped.Damage(LogFixture.FirstSegment, at, b => (byte)(b ^ (1 << (int)(at % 8))));
            var hit = chunks.FindIndex(chunk => at < chunk.End);
            var isTorn = !closed && hit == chunks.Count - 1;
            var report = await SegmentLogCheck.RunAsync(LogFixture.Folder, flipped, TestContext.Current.CancellationToken);
            await using var log = await flipped.OpenAsync();

            // In the last commit of a log that was not closed it cannot be told from a torn write; anywhere else it is damage, and named.
            Assert.Equal(Enumerable.Range(0, Records).Where(i => i != hit).Select(Text), await log.ReadTextAsync(0));
            Assert.Equal(isTorn ? 0 : 1, log.Statistics.DamagedPlaces);
            Assert.Equal(isTorn, report.TornTail is not null);
            Assert.Equal(isTorn ? Records - 1 : Records, log.GetState(0).NextSequence);
            if (!isTorn)
            {
                var damage = Assert.Single(report.Damage);
                Assert.Equal(("000000000001.seg", chunks[hit].Start), (damage.File, damage.Position));
            }
        }
    }

    [Fact]
    public async Task A_torn_commit_of_the_outbox_is_cut_whole_so_that_nothing_comes_twice()
    {
        var disk = new FaultDisk();
        OutboxRecord[] records = [.. Enumerable.Range(1, 4).Select(i => new OutboxRecord(i, i % 2, Encoding.UTF8.GetBytes($"{i}")))];
        await using (var log = await disk.OpenAsync(o => o with { PartitionCount = 2 }))
        {
            // All of them are staged while the commit before is being synced, so they are one commit.
            using var probe = new AppendProbe(log);
            var held = disk.HoldSyncs();
            Assert.True(probe.TryStage(0, "before"u8));
            await held.WaitAsync(TestDeadline.Default, TestContext.Current.CancellationToken);
            var appended = log.AppendOutboxAsync(records, CancellationToken.None);
            disk.ReleaseSyncs();
            await appended;
        }

        // A chunk a partition; the power went before the second was on disk.
        var chunks = Chunks(disk);
        Assert.Equal(3, chunks.Count);
        disk.Delete(LogFixture.EndMark);
        disk.Truncate(LogFixture.FirstSegment, chunks[2].Start + 1);
        await using var again = await disk.OpenAsync(o => o with { PartitionCount = 2 });
        Assert.Equal(0, again.LastOutboxSequence);
        await again.AppendOutboxAsync(records, CancellationToken.None);
        Assert.Equal(["before", "2", "4"], await again.ReadTextAsync(0));
        Assert.Equal(["1", "3"], await again.ReadTextAsync(1));
        Assert.Equal(4, again.LastOutboxSequence);
    }

    [Fact]
    public async Task What_a_closed_log_has_lost_at_its_end_is_damage_and_its_numbers_are_not_given_again()
    {
        var (disk, chunks) = await CreateAsync(closed: true);
        for (var lost = 1; lost <= Records; lost++)
        {
            var cut = disk.Clone();
            cut.Truncate(LogFixture.FirstSegment, chunks[Records - lost].Start + 9);
            var report = await SegmentLogCheck.RunAsync(LogFixture.Folder, cut, TestContext.Current.CancellationToken);
            Assert.Equal((chunks[Records - lost].Start, chunks[^1].End - chunks[Records - lost].Start), report.Damage.Select(d => (d.Position, d.Length)).Single());
            Assert.Null(report.TornTail);
            for (var start = 0; start < 2; start++)
            {
                await using var log = await cut.OpenAsync();
                Assert.Equal(1, log.Statistics.DamagedPlaces);
                Assert.Equal(Records + start, log.GetState(0).NextSequence);
                Assert.Equal([.. Enumerable.Range(0, Records - lost).Select(Text), .. Enumerable.Repeat("more", start)], await log.ReadTextAsync(0));

                // Who follows the log waits for what comes, and is not told again and again that there is nothing.
                var more = log.WaitForAsync(0, start == 0 ? Records - lost : Records + 1, TestContext.Current.CancellationToken).AsTask();
                Assert.False(more.IsCompleted);
                using var probe = new AppendProbe(log);
                Assert.True(await probe.AppendAsync(0, "more"));
                await more.WaitAsync(TestDeadline.Default, TestContext.Current.CancellationToken);
                Assert.Equal(Records + start, (await log.ReadAllAsync(0, Records - lost))[^1].Sequence);
            }
        }
    }

    [Fact]
    public async Task An_old_mark_of_the_end_does_not_hide_that_what_came_later_is_torn()
    {
        var (disk, _) = await CreateAsync(closed: true);
        var mark = disk.Content(LogFixture.EndMark);
        await using (var log = await disk.OpenAsync())
        {
            using var probe = new AppendProbe(log);
            Assert.True(await probe.AppendAsync(0, "kept"));
            Assert.True(await probe.AppendAsync(0, "torn"));
        }

        // The process was killed: the mark is that of the close before.
        for (var i = 0; i < mark.Length; i++)
        {
            disk.Damage(LogFixture.EndMark, i, _ => mark[i]);
        }

        var chunks = Chunks(disk);
        disk.Damage(LogFixture.FirstSegment, chunks[^1].Start + 77, b => (byte)~b);
        await using var again = await disk.OpenAsync();
        Assert.Equal(0, again.Statistics.DamagedPlaces);
        Assert.Equal(Records + 1, again.GetState(0).NextSequence);
        Assert.Equal("kept", (await again.ReadTextAsync(0))[^1]);
    }

    [Fact]
    public async Task A_damaged_mark_of_the_end_is_as_good_as_none()
    {
        var (disk, _) = await CreateAsync(closed: true);
        for (var at = 0; at < LogEndMark.Size; at += 7)
        {
            var damaged = disk.Clone();
            damaged.Damage(LogFixture.EndMark, at, b => (byte)(b ^ 4));
            await using var log = await damaged.OpenAsync();
            Assert.Equal(0, log.Statistics.DamagedPlaces);
            Assert.Equal(Records, log.GetState(0).NextSequence);
        }
    }

    [Fact]
    public async Task Recovery_stops_at_the_last_valid_record_wherever_the_last_MiB_is_cut_or_flipped()
    {
        // Every 251st byte here; NAVE_TORN_STEP=1 takes every one, in some minutes.
        var step = int.TryParse(Environment.GetEnvironmentVariable("NAVE_TORN_STEP"), out var every) ? every : 251;
        var disk = new FaultDisk();
        await using (var log = await disk.OpenAsync(o => o with { PartitionCount = 1, SegmentBytes = 2 << 20 }))
        {
            using var probe = new AppendProbe(log);
            for (var i = 0; i < 400; i++)
            {
                Assert.True(await probe.AppendAsync(0, $"{i}:{new string('x', 1 + (i * 37 % 8000))}"));
            }
        }

        var chunks = Chunks(disk);
        var end = chunks[^1].End;
        Assert.True(end > 1 << 20);
        var content = disk.Content(LogFixture.FirstSegment)[..(int)(end + 4096)];
        var segment = new MemoryFile(content);
        var header = SegmentHeader.TryRead(segment)!;
        for (var at = end - 1; at >= end - (1 << 20); at -= step)
        {
            // 1. Flipped: all other records are there; in the last commit it is torn, and damage anywhere else.
            var before = content[at];
            content[at] ^= (byte)(1 << (int)(at % 8));
            var hit = chunks.FindIndex(chunk => at < chunk.End);
            var scan = SegmentScan.Run(segment, header);
            scan.CutTornCommit(null);
            Check(scan, hit, hit == chunks.Count - 1 ? 0 : 1, at);
            content[at] = before;

            // 2. Cut: the file ends there.
            scan = SegmentScan.Run(new MemoryFile(content.AsMemory(0, (int)at)), header);
            scan.CutTornCommit(null);
            Assert.Equal(hit, scan.Chunks.Count);
            Assert.Empty(scan.Damage);
        }

        void Check(SegmentScan scan, int hit, int damage, long at)
        {
            Assert.True(scan.Damage.Count == damage, $"byte {at}: {scan.Damage.Count} damaged places");
            Assert.Equal(chunks.Count - 1, scan.Chunks.Count);
            Assert.True(scan.Chunks.All(chunk => chunk.Header.BaseSequence != hit), $"byte {at}: the damaged record is taken for good");
        }
    }

    [Fact]
    public async Task A_large_torn_tail_is_cut_anywhere()
    {
        var disk = new FaultDisk();
        var random = new Random(5);
        await using (var log = await disk.OpenAsync(o => o with { PartitionCount = 1 }))
        {
            using var probe = new AppendProbe(log);
            for (var i = 0; i < 40; i++)
            {
                Assert.True(await probe.AppendAsync(0, $"{i}:{new string('x', 4_000)}"));
            }
        }

        disk.Delete(LogFixture.EndMark);
        var chunks = Chunks(disk);
        for (var i = 0; i < 150; i++)
        {
            var cut = random.NextInt64(SegmentHeader.Size, chunks[^1].End);
            var torn = disk.Clone();
            torn.Truncate(LogFixture.FirstSegment, cut);
            await using var log = await torn.OpenAsync();
            Assert.Equal(chunks.Count(chunk => chunk.End <= cut), log.GetState(0).NextSequence);
        }
    }

    [Fact]
    public async Task What_was_cut_off_does_not_come_back_to_life()
    {
        // The last commit has two chunks; the first is torn, the second is whole. After the cut, a record as long as the
        // torn one is written: the old second chunk would follow it without a seam.
        var disk = new FaultDisk();
        await using (var log = await disk.OpenAsync())
        {
            using var probe = new AppendProbe(log);
            var held = disk.HoldSyncs();
            Assert.True(probe.TryStage(0, "first"u8));
            await held.WaitAsync(TestDeadline.Default, TestContext.Current.CancellationToken);
            Assert.True(probe.TryStage(1, "torn"u8));
            Assert.True(probe.TryStage(2, "whole"u8));
            disk.ReleaseSyncs();
            Assert.True(await probe.SettledAsync());
        }

        var chunks = Chunks(disk);
        Assert.Equal(3, chunks.Count);
        disk.Delete(LogFixture.EndMark);
        disk.Damage(LogFixture.FirstSegment, chunks[1].Start + 20, b => (byte)~b);
        var before = disk.Content(LogFixture.FirstSegment)[(int)chunks[2].Start..(int)chunks[2].End];
        for (var i = 0; i < 2; i++)
        {
            await using var log = await disk.OpenAsync();
            Assert.Empty(await log.ReadTextAsync(2));
            Assert.Equal(["first"], await log.ReadTextAsync(0));
            using var probe = new AppendProbe(log);
            if (i == 0)
            {
                Assert.True(await probe.AppendAsync(1, "good"));
            }

            Assert.Equal(["good"], await log.ReadTextAsync(1));
        }

        Assert.NotEqual(before, disk.Content(LogFixture.FirstSegment)[(int)chunks[2].Start..(int)chunks[2].End]);
    }

    private static string Text(int i) => $"record {i}";

    private static async Task<(FaultDisk Disk, List<(long Start, long End)> Chunks)> CreateAsync(bool closed)
    {
        var disk = new FaultDisk();
        await using (var log = await disk.OpenAsync(o => o with { PartitionCount = 1 }))
        {
            using var probe = new AppendProbe(log);
            for (var i = 0; i < Records; i++)
            {
                Assert.True(await probe.AppendAsync(0, Text(i)));
            }
        }

        if (!closed)
        {
            disk.Delete(LogFixture.EndMark);
        }

        var chunks = Chunks(disk);
        Assert.Equal(Records, chunks.Count);
        return (disk, chunks);
    }

    private static List<(long Start, long End)> Chunks(FaultDisk disk)
    {
        var content = disk.Content(LogFixture.FirstSegment);
        var chunks = new List<(long, long)>();
        for (var at = SegmentHeader.Size; BinaryPrimitives.ReadUInt32LittleEndian(content.AsSpan(at)) == ChunkHeader.Magic;)
        {
            Assert.True(ChunkHeader.TryRead(content.AsSpan(at), out var header));
            chunks.Add((at, at + header.TotalBytes));
            at += header.TotalBytes;
        }

        return chunks;
    }
}

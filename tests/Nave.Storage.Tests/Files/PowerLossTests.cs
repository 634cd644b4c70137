using System.Globalization;
using System.Text;
using Nave.Storage.Files;
using Nave.Testing.Disks;
using Nave.Testing.EventLogs;

namespace Nave.Storage.Tests.Files;

/// <summary>The power goes at every sync there is: what was acknowledged is there, the rest is there whole or not at all.</summary>
public sealed class PowerLossTests
{
    [Theory]
    [InlineData(PowerLoss.DropAll, false)]
    [InlineData(PowerLoss.KeepAll, false)]
    [InlineData(PowerLoss.Tear, false)]
    [InlineData(PowerLoss.DropAll, true)]
    public async Task Nothing_acknowledged_is_lost_and_nothing_is_half_there_at_any_sync(PowerLoss loss, bool afterSync)
    {
        for (var sync = 1; ; sync++)
        {
            var disk = new FaultDisk();
            if (afterSync)
            {
                disk.PowerOffAfterSync = sync;
            }
            else
            {
                disk.PowerOffAtSync = sync;
            }

            var work = new Workload(seed: sync);
            await work.RunAsync(disk);
            var done = !disk.IsOff;
            disk.PowerOff();
            disk.PowerOn(loss, seed: sync);

            // Twice: recovery itself must leave behind a log that can be recovered; and the log must go on.
            await work.CheckAsync(disk, $"{loss} at sync {sync}", goOn: true);
            disk.PowerOff();
            disk.PowerOn(PowerLoss.Tear, seed: -sync);
            await work.CheckAsync(disk, $"{loss} at sync {sync}, second start", goOn: false);
            if (done)
            {
                Assert.True(sync > 40, $"the workload has only {sync} syncs");
                return;
            }
        }
    }

    [Fact]
    public async Task The_power_may_go_again_and_again_while_the_log_recovers()
    {
        var random = new Random(7);
        for (var round = 0; round < 60; round++)
        {
            var disk = new FaultDisk { PowerOffAtSync = 10 + random.Next(60) };
            var work = new Workload(seed: round);
            await work.RunAsync(disk);
            for (var i = 0; i < 4; i++)
            {
                disk.PowerOff();
                disk.PowerOn(PowerLoss.Tear, random.Next());
                disk.PowerOffAtSync = disk.Syncs + 1 + random.Next(3);
                try
                {
                    await (await disk.OpenAsync()).DisposeAsync();
                }
                catch (IOException)
                {
                    // The power went while it was opened.
                }
            }

            disk.PowerOff();
            disk.PowerOn(PowerLoss.Tear, random.Next());
            await work.CheckAsync(disk, $"round {round}", goOn: true);
        }
    }

    /// <summary>Appends to partitions 0 and 1, and outbox records to 2 and 3, in batches that fill several segments.</summary>
    private sealed class Workload(int seed)
    {
        private readonly List<string>[] _staged = [[], []];
        private readonly int[] _acknowledged = [0, 0];
        private long _outboxAcknowledged;
        private long _outboxStaged;

        public async Task RunAsync(FaultDisk disk)
        {
            SegmentLog log;
            try
            {
                log = await disk.OpenAsync();
            }
            catch (IOException) when (disk.IsOff)
            {
                return;
            }

            await using (log)
            {
                var random = new Random(seed);
                using var probe = new AppendProbe(log);
                for (var batch = 0; batch < 30 && !disk.IsOff; batch++)
                {
                    var outbox = Enumerable.Range((int)_outboxStaged + 1, random.Next(1, 4)).Select(i => Outbox(i)).ToArray();
                    _outboxStaged += outbox.Length;
                    var outboxDone = log.AppendOutboxAsync(outbox, CancellationToken.None);
                    var counts = new int[2];
                    try
                    {
                        for (var i = random.Next(1, 12); i > 0; i--)
                        {
                            var partition = random.Next(2);
                            var text = $"{partition}:{_staged[partition].Count}:{new string('x', random.Next(12_000))}";
                            if (!probe.TryStage(partition, Encoding.UTF8.GetBytes(text)))
                            {
                                break;
                            }

                            _staged[partition].Add(text);
                            counts[partition]++;
                        }

                        if (await probe.SettledAsync())
                        {
                            _acknowledged[0] = _staged[0].Count;
                            _acknowledged[1] = _staged[1].Count;
                        }
                    }
                    finally
                    {
                        try
                        {
                            await outboxDone;
                            _outboxAcknowledged = _outboxStaged;
                        }
                        catch (StorageUnavailableException)
                        {
                            Assert.True(disk.IsOff);
                        }
                    }
                }
            }
        }

        public async Task CheckAsync(FaultDisk disk, string when, bool goOn)
        {
            await using var log = await disk.OpenAsync();
            Assert.Equal(0, log.Statistics.DamagedPlaces);
            for (var p = 0; p < 2; p++)
            {
                var records = await log.ReadAllAsync(p);
                Assert.Equal(Enumerable.Range(0, records.Count).Select(i => (long)i), records.Select(r => r.Sequence));
                Assert.True(records.Count >= _acknowledged[p], $"{when}: partition {p} has {records.Count} records, {_acknowledged[p]} were acknowledged");
                Assert.Equal(_staged[p].Take(records.Count), records.Select(r => Encoding.UTF8.GetString(r.Data)));
            }

            var stored = new List<long>();
            for (var p = 2; p < 4; p++)
            {
                stored.AddRange((await log.ReadTextAsync(p)).Select(text => long.Parse(text, CultureInfo.InvariantCulture)));
            }

            Assert.True(log.LastOutboxSequence >= _outboxAcknowledged, $"{when}: outbox at {log.LastOutboxSequence}, {_outboxAcknowledged} were acknowledged");
            Assert.Equal(Enumerable.Range(1, (int)log.LastOutboxSequence).Select(i => (long)i), stored.Order());
            if (!goOn)
            {
                return;
            }

            using var probe = new AppendProbe(log);
            for (var p = 0; p < 2; p++)
            {
                var count = (int)log.GetState(p).NextSequence;
                _staged[p].RemoveRange(count, _staged[p].Count - count);
                _staged[p].Add($"{p} again");
                Assert.True(await probe.AppendAsync(p, $"{p} again"), when);
                _acknowledged[p] = _staged[p].Count;
            }

            await log.AppendOutboxAsync([.. Enumerable.Range(1, (int)_outboxStaged).Select(i => Outbox(i))], CancellationToken.None);
            _outboxAcknowledged = _outboxStaged;
        }

        private static OutboxRecord Outbox(long sequence) =>
            new(sequence, 2 + (int)(sequence % 2), Encoding.UTF8.GetBytes(sequence.ToString(CultureInfo.InvariantCulture)));
    }
}

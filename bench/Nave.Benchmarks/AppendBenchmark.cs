using BenchmarkDotNet.Attributes;
using Nave.Storage;
using Nave.Storage.Files;

namespace Nave.Benchmarks;

/// <summary>One append of 256 bytes until it is acknowledged, in rounds of 2,000: time and garbage a record.</summary>
[MemoryDiagnoser]
public class AppendBenchmark : IAppendObserver, IDisposable
{
    private const int Round = 2_000;

    private readonly byte[] _record = new byte[256];
    private readonly ManualResetEventSlim _done = new();
    private string _folder = "";
    private SegmentLog? _log;
    private ILogAppender? _appender;
    private int _acknowledged;

    [Params(4, 32)]
    public int Partitions { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _folder = Directory.CreateTempSubdirectory("nave-bench-").FullName;
        
        // The in-process toolchain does not await a set-up.
        _log = SegmentLog.OpenAsync(new SegmentLogOptions(_folder) { PartitionCount = Partitions, RetentionBytes = 256 << 20 }).GetAwaiter().GetResult();
        _appender = _log.CreateAppender();
    }

    [GlobalCleanup]
    public void Cleanup()
    {
        _log!.DisposeAsync().AsTask().GetAwaiter().GetResult();
        Directory.Delete(_folder, recursive: true);
    }

    [Benchmark(OperationsPerInvoke = Round)]
    public void Append()
    {
        _acknowledged = 0;
        _done.Reset();
        for (var i = 0; i < Round; i++)
        {
            if (!_appender!.TryAppend(i % Partitions, _record.AsSpan(0, 40), _record.AsSpan(40), this, i))
            {
                throw new IOException("The log takes no records.");
            }
        }

        _done.Wait();
    }

    public void Dispose()
    {
        _done.Dispose();
        GC.SuppressFinalize(this);
    }

    void IAppendObserver.Appended(long token, bool durable)
    {
        if (++_acknowledged == Round)
        {
            _done.Set();
        }
    }
}

using System.Buffers;
using System.Text.Json;
using Nave.Hub.Jobs;
using Nave.Hub.Twins;

namespace Nave.Fuzz.Hub;

/// <summary>The file of an import: its lines however it is cut, the changes on them, and the twins that they restore.</summary>
internal sealed class ImportLinesTarget() : FuzzTarget("import-lines", Texts(
    """
    {"id":"d","moduleId":"m","eTag":"MA==","importMode":"createOrUpdate","status":"enabled","statusReason":"x","authentication":{"symmetricKey":{"primaryKey":"MDEyMzQ1Njc4OWFiY2RlZg==","secondaryKey":null},"x509Thumbprint":{"primaryThumbprint":null},"type":"sas"},"twinETag":"AAAAAAAAAAI=","tags":{"a":1},"properties":{"desired":{"x":{"y":1},"$metadata":{"$lastUpdated":"2026-01-02T03:04:05.0000000Z","$lastUpdatedVersion":2,"x":{"$lastUpdated":"2026-01-02T03:04:05Z","y":{"$lastUpdatedVersion":1}}},"$version":2},"reported":{"$version":7}},"capabilities":{"iotEdge":true},"deviceScope":"ms-azure-iot-edge://d-1","parentScopes":["ms-azure-iot-edge://e-2"]}
    {"id":"e","importMode":"DELETEIFMATCHETAG","eTag":"bm8="}
    """,
    "\uFEFF{\"id\":\"a\"}\r\n\r\n{\"id\":1}\nnot json\n",
    """{"tags":{"a":1},"properties":{"desired":{"x":{"y":1},"$metadata":{"$lastUpdated":"2026-01-02T03:04:05Z","x":{"y":{"$lastUpdatedVersion":1}}},"$version":9},"reported":{"r":[1]}}}"""))
{
    private const int ShortLine = 100;

    public override IReadOnlyList<byte[]> Words => JsonWords.All;

    public override int Cost => 5;

    /// <summary>A line of two bytes may end in two exceptions with their traces; a twin's tree has some 100 bytes a node.</summary>
    /// <inheritdoc/>
    public override long AllocationLimit(int length) => (256 << 10) + (8000L * length);

    public override bool Execute(byte[] input)
    {
        var accepted = false;
        foreach (var (number, line) in Split(input, input.Length, ImportLine.MaxBytes))
        {
            var read = line is null ? ImportLine.TooLong(number) : ImportLine.Read(number, line);
            _ = ImportSlots.SlotOf(read);
            if (read.Error is not null)
            {
                _ = read.ToError(read.Error);
            }

            accepted |= read.Change is not null;
        }

        return accepted | (Restore(input) is not null);
    }

    public override void Verify(byte[] input)
    {
        // However the bytes come, the lines are the same; those that are too long are the same too.
        foreach (var limit in (ReadOnlySpan<int>)[ShortLine, ImportLine.MaxBytes])
        {
            var whole = Split(input, input.Length, limit);
            foreach (var piece in (ReadOnlySpan<int>)[1, 7])
            {
                var cut = Split(input, piece, limit);
                Check(cut.Count == whole.Count, "as many lines come out however the bytes come in");
                for (var i = 0; i < cut.Count; i++)
                {
                    Check(cut[i].Number == whole[i].Number && (cut[i].Line ?? [0]).AsSpan().SequenceEqual(whole[i].Line ?? [0]), "a line is the same however the bytes come in");
                }
            }
        }

        if (Restore(input) is { } twin)
        {
            var decoded = TwinDocument.Decode(twin.Identity.Id, twin.Encode(out _));
            var output = new ArrayBufferWriter<byte>();
            TwinView.WriteService(output, decoded, default);
            using var document = JsonDocument.Parse(output.WrittenMemory);
            Check(document.RootElement.GetProperty("version").GetInt64() == twin.Version, "a restored twin is one JSON document with its version");
        }
    }

    private static TwinDocument? Restore(byte[] input) =>
        TwinRequest.TryRead(input, out var request, out _) ? TwinRestore.Make(TwinSamples.New.Identity, request, "AAAAAAAAAAI=", TwinSamples.Time).Value : null;

    /// <summary>Splits an input that comes in pieces, as a connection may bring it.</summary>
    private static List<(long Number, byte[]? Line)> Split(byte[] input, int piece, int limit)
    {
        var lines = new List<(long, byte[]?)>();
        var splitter = new ImportLineSplitter(limit);
        var (start, end) = (0, 0);
        do
        {
            end = Math.Min(input.Length, end + Math.Max(1, piece));
            var buffer = new ReadOnlySequence<byte>(input, start, end - start);
            while (splitter.TryRead(ref buffer, end == input.Length, out var line, out var isTooLong))
            {
                lines.Add((splitter.Number, isTooLong ? null : line.ToArray()));
            }

            start = end - (int)buffer.Length;
        }
        while (end < input.Length);
        return lines;
    }
}

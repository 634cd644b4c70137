using System.Buffers;
using System.Text.Json;
using Nave.Api;
using Nave.Hub.Twins;

namespace Nave.Fuzz.Hub;

/// <summary>Twin requests and patches, and their merge into a twin.</summary>
internal sealed class TwinRequestTarget() : FuzzTarget("twin-merge", Texts(
    """{"tags":{"site":"south","rack":null},"properties":{"desired":{"a":2,"b":{"d":null,"f":[1,{"g":null}]},"$version":3}}}""",
    """{"deviceId":"d1","etag":"MQ==","tags":null,"properties":{"desired":null,"reported":{"x":1}}}""",
    """{"fw":"2","b":{"c":{"d":{"e":{"f":{"g":{"h":{"i":{"j":1}}}}}}}},"$metadata":{"x":1}}"""))
{
    public override IReadOnlyList<byte[]> Words => JsonWords.All;

    /// <summary>A node of a tree has about 100 bytes, and a patch is read, merged and written for each of four kinds of change.</summary>
    /// <inheritdoc/>
    public override long AllocationLimit(int length) => (128 << 10) + (600L * length);

    public override bool Execute(byte[] input) => Apply(input, null);

    public override void Verify(byte[] input) => Apply(input, twin =>
    {
        var decoded = TwinDocument.Decode(twin.Identity.Id, twin.Encode(out _));
        var output = new ArrayBufferWriter<byte>();
        TwinView.WriteService(output, decoded, default);
        using var document = JsonDocument.Parse(output.WrittenMemory);
        Check(document.RootElement.GetProperty("version").GetInt64() == twin.Version, "a twin is one JSON document with its version");
        foreach (var section in (ReadOnlySpan<TwinSection>)[TwinSection.Tags, TwinSection.Desired, TwinSection.Reported])
        {
            var json = section switch { TwinSection.Tags => twin.Tags, TwinSection.Desired => twin.Desired.Json, _ => twin.Reported.Json };
            using var content = JsonDocument.Parse(json);
            Check(TwinLimits.CheckSize(section, content.RootElement) is null, "a twin is within its limits");
        }

        output.ResetWrittenCount();
        TwinJson.Write(output, decoded.Desired.ToTree());
        Check(output.WrittenSpan.SequenceEqual(decoded.Desired.Json.Span), "a section is read as it was written");
    });

    private static bool Apply(byte[] input, Action<TwinDocument>? look)
    {
        var accepted = false;
        if (TwinRequest.TryRead(input, out var request, out _))
        {
            var patched = TwinEdit.MakePatch(TwinSamples.Full, request, TwinSamples.Time);
            var replaced = TwinEdit.MakeReplacement(TwinSamples.Full, request, TwinSamples.Time);
            var initial = TwinEdit.MakeInitial(TwinSamples.New.Identity, request, TwinSamples.Time);
            accepted = patched.IsSuccess && replaced.IsSuccess && initial.IsSuccess;
            if (accepted && look is not null)
            {
                look(patched.Value!.Document); // They are successes.
                look(replaced.Value!.Document);
                look(initial.Value!);
            }
        }

        if (TwinRequest.TryReadReported(input, out var change, out _) && TwinEdit.MakeReported(TwinSamples.Full, change, null, TwinSamples.Time) is { IsSuccess: true } reported)
        {
            accepted = true;
            look?.Invoke(reported.Value.Document);
        }

        return accepted;
    }
}

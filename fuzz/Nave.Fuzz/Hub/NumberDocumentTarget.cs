using Nave.Hub;
using Nave.Hub.Limits;

namespace Nave.Fuzz.Hub;

/// <summary>Documents that are numbers: sequences, times of feedback, and the use of the quota.</summary>
internal sealed class NumberDocumentTarget() : StoredTarget("stored-number", [[0, 1, 2, 3, 4, 5, 6, 7, 0, 0, 0, 0], new byte[12]])
{
    public override void Verify(byte[] input)
    {
        Check(StoredNumber.Read(input, "meta") >= 0, "a number is not negative");
        Check(QuotaKeeper.Decode(input).Used >= 0, "the use is not negative");
    }

    protected override void Read(byte[] input)
    {
        StoredNumber.Read(input, "meta");
        _ = new DateTimeOffset(StoredNumber.Read(input, "c2d-feedback", DateTime.MaxValue.Ticks), TimeSpan.Zero);
        QuotaKeeper.Decode(input);
    }
}

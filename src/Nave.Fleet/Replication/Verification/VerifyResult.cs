namespace Nave.Fleet.Replication.Verification;

/// <summary>What a comparison came to.</summary>
/// <param name="Compared">How many twins the hub has.</param>
/// <param name="Equal">How many of them are in the target as they are.</param>
/// <param name="Missing">How many the target has not.</param>
/// <param name="Different">How many are not the same.</param>
/// <param name="Extra">How many documents have no twin in the hub.</param>
/// <param name="Repaired">How many documents were written.</param>
public sealed record VerifyResult(long Compared, long Equal, long Missing, long Different, long Extra, long Repaired)
{
    /// <summary>Gets how many differences are left.</summary>
    public long Left => Missing + Different + Extra - Repaired;
}

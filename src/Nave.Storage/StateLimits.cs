using System.Text;

namespace Nave.Storage;

/// <summary>
/// What a state store takes. The numbers are ours: several times what the hub needs (an identity is 128 characters, a
/// twin 32 KiB), and far below what an engine can hold.
/// </summary>
public static class StateLimits
{
    /// <summary>The longest collection name, in bytes of UTF-8.</summary>
    public const int MaxCollectionBytes = 256;

    /// <summary>The longest key, in bytes of UTF-8.</summary>
    public const int MaxKeyBytes = 2048;

    /// <summary>The longest name of a term and the longest value, each in bytes of UTF-8.</summary>
    public const int MaxTermBytes = 16 * 1024;

    /// <summary>The longest topic of an outbox entry, in bytes of UTF-8.</summary>
    public const int MaxTopicBytes = 2048;

    /// <summary>The largest body of a document or of an outbox entry, in bytes.</summary>
    public const int MaxBodyBytes = 16 * 1024 * 1024;

    /// <summary>The most terms one scan may ask for.</summary>
    public const int MaxScanTerms = 100;

    private static readonly UTF8Encoding s_strictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    internal static void CheckCollection(string collection) => CheckText(collection, "A collection name", 1, MaxCollectionBytes);

    internal static void CheckKey(string key) => CheckText(key, "A key", 1, MaxKeyBytes);

    internal static void CheckTerm(in StateTerm term)
    {
        CheckText(term.Name, "A term's name", 1, MaxTermBytes);
        CheckText(term.Value, "A term's value", 0, MaxTermBytes);
    }

    internal static void CheckTransaction(StateTransaction transaction)
    {
        ArgumentNullException.ThrowIfNull(transaction);
        foreach (var write in transaction.Writes)
        {
            CheckCollection(write.Collection);
            CheckKey(write.Key);
            if (write.ExpectedVersion < StateTransaction.Any)
            {
                throw new ArgumentException($"An expected version of {write.ExpectedVersion} is not permitted: -1 or more is.", nameof(transaction));
            }

            CheckBody(write.Body.Length);
        }

        foreach (var entry in transaction.Outbox)
        {
            CheckText(entry.Topic, "A topic", 0, MaxTopicBytes);
            CheckBody(entry.Body.Length);
        }
    }

    internal static void CheckScan(StateScan scan)
    {
        ArgumentNullException.ThrowIfNull(scan);
        CheckCollection(scan.Collection);
        CheckText(scan.Prefix, "A prefix", 0, MaxKeyBytes);
        if (scan.After is { } after)
        {
            CheckText(after, "A key to start after", 0, MaxKeyBytes);
        }

        if (scan.Limit < 0)
        {
            throw new ArgumentException($"A limit of {scan.Limit} is not permitted: 0 or more is.", nameof(scan));
        }

        if (scan.AnyOf is not { } terms)
        {
            return;
        }

        if (terms.Count > MaxScanTerms)
        {
            throw new ArgumentException($"A scan for {terms.Count} terms is not permitted: {MaxScanTerms} at most are.", nameof(scan));
        }

        foreach (var term in terms)
        {
            CheckTerm(term);
        }
    }

    private static void CheckBody(int bytes)
    {
        if (bytes > MaxBodyBytes)
        {
            throw new ArgumentException($"A body of {bytes} bytes is not permitted: {MaxBodyBytes} at most are.");
        }
    }

    private static void CheckText(string text, string what, int minBytes, int maxBytes)
    {
        ArgumentNullException.ThrowIfNull(text, what);
        int bytes;
        try
        {
            bytes = s_strictUtf8.GetByteCount(text);
        }
        catch (EncoderFallbackException e)
        {
            // Encoded leniently, two different keys could become one.
            throw new ArgumentException($"{what} has half of a surrogate pair at position {e.Index}: it must be well-formed Unicode.", e);
        }

        if (bytes < minBytes || bytes > maxBytes)
        {
            throw new ArgumentException($"{what} of {bytes} bytes is not permitted: {minBytes} to {maxBytes} are.");
        }
    }
}

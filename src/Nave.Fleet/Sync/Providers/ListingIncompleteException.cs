using System.Globalization;

namespace Nave.Fleet.Sync.Providers;

/// <summary>A listing broke off or came out short: it says nothing about what is not in it, and no device is deleted for it.</summary>
public sealed class ListingIncompleteException : ProviderException
{
    /// <summary>Initializes the exception.</summary>
    /// <param name="failure">Whether a new listing may succeed.</param>
    /// <param name="listed">How many devices had come.</param>
    /// <param name="reason">One sentence.</param>
    /// <param name="retryAfter">How long the registry asks to wait.</param>
    /// <param name="inner">The cause.</param>
    public ListingIncompleteException(ProviderFailure failure, long listed, string reason, TimeSpan? retryAfter = null, Exception? inner = null)
        : base(failure, string.Create(CultureInfo.InvariantCulture, $"The listing is incomplete after {listed} devices. {reason}"), retryAfter, inner) =>
        Listed = listed;

    /// <summary>Gets how many devices had come.</summary>
    public long Listed { get; }
}

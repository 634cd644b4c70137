namespace Nave.Fleet.Sync.Providers;

/// <summary>An external registry could not do what it was asked for. The message has no secret in it and may be shown and logged.</summary>
public class ProviderException : Exception
{
    /// <summary>Initializes the exception.</summary>
    /// <param name="failure">Whether the same call may succeed later.</param>
    /// <param name="message">What was asked for and what the registry said.</param>
    /// <param name="retryAfter">How long the registry asks to wait; <see langword="null"/> = it did not say.</param>
    /// <param name="inner">The cause.</param>
    public ProviderException(ProviderFailure failure, string message, TimeSpan? retryAfter = null, Exception? inner = null)
        : base(message, inner)
    {
        Failure = failure;
        RetryAfter = retryAfter;
    }

    /// <summary>Gets the kind of failure.</summary>
    public ProviderFailure Failure { get; }

    /// <summary>Gets how long the registry asks to wait before the next call.</summary>
    public TimeSpan? RetryAfter { get; }

    /// <summary>Gets a value indicating whether the same call may succeed later.</summary>
    public bool IsTransient => Failure == ProviderFailure.Transient;
}

using Nave.Api;

namespace Nave.Client;

/// <summary>A device was not provisioned.</summary>
public sealed class ProvisioningException : Exception
{
    /// <summary>Initializes the exception.</summary>
    /// <param name="message">A sentence; never a credential.</param>
    /// <param name="error">What the service said, or <see langword="null"/> if it could not be reached or did not say.</param>
    /// <param name="inner">What the network said.</param>
    public ProvisioningException(string message, HubError? error = null, Exception? inner = null)
        : base(message, inner) => Error = error;

    /// <summary>Gets what the service said, or <see langword="null"/>.</summary>
    public HubError? Error { get; }

    /// <summary>Gets a value indicating whether the same may work later: it could not be reached, is busy, or has failed.</summary>
    public bool IsTransient => Error is null || Error.HttpStatus is 429 or >= 500;
}

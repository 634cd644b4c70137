namespace Nave.Client;

/// <summary>A device client could not do what it was asked.</summary>
public sealed class DeviceClientException : Exception
{
    /// <summary>Initializes the exception.</summary>
    /// <param name="error">Why.</param>
    /// <param name="message">A sentence with the limit or the peer; never a credential.</param>
    /// <param name="inner">What the network said.</param>
    public DeviceClientException(DeviceClientError error, string message, Exception? inner = null)
        : base(message, inner) => Error = error;

    /// <summary>Gets why.</summary>
    public DeviceClientError Error { get; }
}

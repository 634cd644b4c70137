using Nave.Api;

namespace Nave.Client;

/// <summary>A hub refused a request.</summary>
public sealed class HubException : Exception
{
    /// <summary>Initializes the exception.</summary>
    /// <param name="error">The code (<see cref="HubErrorCode.None"/> if it is not known) and the hub's sentence.</param>
    /// <param name="httpStatus">The status, such as 404.</param>
    /// <param name="trackingId">What the hub's log knows the request by, or <see langword="null"/>.</param>
    public HubException(HubError error, int httpStatus, string? trackingId)
        : base(Describe(error, httpStatus, trackingId))
    {
        Error = error;
        HttpStatus = httpStatus;
        TrackingId = trackingId;
    }

    /// <summary>Gets the code and the hub's sentence.</summary>
    public HubError Error { get; }

    /// <summary>Gets the code.</summary>
    public HubErrorCode Code => Error.Code;

    /// <summary>Gets the status, such as 404.</summary>
    public int HttpStatus { get; }

    /// <summary>Gets what the hub's log knows the request by, or <see langword="null"/>.</summary>
    public string? TrackingId { get; }

    /// <summary>Gets a value indicating whether the same request may succeed later: 408, 429, 500, 502, 503, 504.</summary>
    public bool IsTransient => HttpStatus is 408 or 429 or 500 or 502 or 503 or 504;

    private static string Describe(HubError error, int httpStatus, string? trackingId)
    {
        var name = error.Code == HubErrorCode.None ? $"HTTP {httpStatus}" : $"{error.Code} ({(int)error.Code})";
        return trackingId is null ? $"{name}: {error.Message}" : $"{name}: {error.Message} (tracking id {trackingId})";
    }
}

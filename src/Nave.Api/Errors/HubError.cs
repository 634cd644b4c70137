namespace Nave.Api;

/// <summary>An expected failure: what Azure calls it, and a sentence for people that names the value and what is permitted.</summary>
/// <param name="Code">The code; its first three digits are the HTTP status.</param>
/// <param name="Message">The sentence. Never contains a secret.</param>
public sealed record HubError(HubErrorCode Code, string Message)
{
    /// <summary>Gets the HTTP status, such as 404.</summary>
    public int HttpStatus => (int)Code / 1000;
}

using System.Buffers;
using Nave.Api;

namespace Nave.Hub.Provisioning;

/// <summary>What registration ids and group ids may be. Wire facts 17.1.2.</summary>
internal static class RegistrationIds
{
    private const int MaxLength = 128;

    private static readonly SearchValues<char> s_characters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._:");

    /// <summary>Makes the key under which an id is stored: they are compared without letter case.</summary>
    public static string KeyOf(string id) => id.ToLowerInvariant();

    /// <summary>Tells whether a text may be an id.</summary>
    public static bool IsValid(string? id) =>
        id is { Length: > 0 and <= MaxLength }
        && !id.AsSpan().ContainsAnyExcept(s_characters)
        && (char.IsAsciiLetterOrDigit(id[^1]) || id[^1] == '-');

    /// <summary>Checks an id.</summary>
    /// <returns>400202 or 400204 with what is permitted, or <see langword="null"/>.</returns>
    public static HubError? Check(EnrollmentKind kind, string? id) => IsValid(id)
        ? null
        : new HubError(
            kind == EnrollmentKind.Group ? HubErrorCode.InvalidEnrollmentGroupId : HubErrorCode.InvalidRegistrationId,
            $"'{Shorten(id)}' is no {(kind == EnrollmentKind.Group ? "enrollment group id" : "registration id")}: 1 to {MaxLength} letters, digits and - . _ : "
            + "are permitted, of which the last is a letter, a digit or a hyphen.");

    private static string? Shorten(string? id) => id is { Length: > MaxLength } ? id[..MaxLength] + "…" : id;
}

using System.Buffers;

namespace Nave.Api;

/// <summary>What ids, keys and thumbprints may be. Each check returns 400004 with what is permitted, or <see langword="null"/>.</summary>
public static class IdentityRules
{
    /// <summary>The longest device or module id, in characters.</summary>
    public const int MaxIdLength = 128;

    /// <summary>The longest reason of a status, in characters.</summary>
    public const int MaxStatusReasonLength = 128;

    /// <summary>The shortest symmetric key, in bytes.</summary>
    public const int MinKeyBytes = 16;

    /// <summary>The longest symmetric key, in bytes.</summary>
    public const int MaxKeyBytes = 64;

    // Wire facts 2.1.
    private static readonly SearchValues<char> s_idCharacters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-:.+%_#*?!(),=@;$'");

    private static readonly SearchValues<char> s_hex = SearchValues.Create("0123456789abcdefABCDEF");

    /// <summary>Checks an id of a device and, if there is one, of its module.</summary>
    public static HubError? Check(IdentityId id) => CheckId("deviceId", id.DeviceId) ?? (id.ModuleId is null ? null : CheckId("moduleId", id.ModuleId));

    /// <summary>Tells whether a text may be a device or module id.</summary>
    public static bool IsValidId(string? id) => id is { Length: > 0 and <= MaxIdLength } && !id.AsSpan().ContainsAnyExcept(s_idCharacters);

    /// <summary>Checks id, status reason, keys and thumbprints of an identity that is to be stored.</summary>
    public static HubError? Check(DeviceIdentity identity)
    {
        if (Check(identity.Id) is { } error)
        {
            return error;
        }

        if (identity.StatusReason is { Length: > MaxStatusReasonLength } reason)
        {
            return Invalid($"statusReason has {reason.Length} characters; permitted are {MaxStatusReasonLength}.");
        }

        var keys = identity.Authentication?.SymmetricKey;
        var thumbprints = identity.Authentication?.X509Thumbprint;
        return CheckKey("primaryKey", keys?.PrimaryKey)
            ?? CheckKey("secondaryKey", keys?.SecondaryKey)
            ?? CheckThumbprint("primaryThumbprint", thumbprints?.PrimaryThumbprint)
            ?? CheckThumbprint("secondaryThumbprint", thumbprints?.SecondaryThumbprint);
    }

    /// <summary>Checks a key; an absent or empty one is permitted (it is to be made).</summary>
    public static HubError? CheckKey(string name, string? key)
    {
        if (string.IsNullOrEmpty(key))
        {
            return null;
        }

        // Base64 of 64 bytes has 88 characters.
        Span<byte> bytes = stackalloc byte[MaxKeyBytes + 2];
        return key.Length <= 88 && Convert.TryFromBase64String(key, bytes, out var length) && length is >= MinKeyBytes and <= MaxKeyBytes
            ? null
            : Invalid($"{name} must be base64 of {MinKeyBytes} to {MaxKeyBytes} bytes.");
    }

    /// <summary>Checks a thumbprint; an absent or empty one is permitted.</summary>
    public static HubError? CheckThumbprint(string name, string? thumbprint) =>
        string.IsNullOrEmpty(thumbprint) || (thumbprint.Length is 40 or 64 && !thumbprint.AsSpan().ContainsAnyExcept(s_hex))
            ? null
            : Invalid($"{name} must have 40 (SHA-1) or 64 (SHA-256) hex digits.");

    private static HubError? CheckId(string name, string id)
    {
        if (id.Length is 0 or > MaxIdLength)
        {
            return Invalid($"{name} has {id.Length} characters; permitted are 1 to {MaxIdLength}.");
        }

        var bad = id.AsSpan().IndexOfAnyExcept(s_idCharacters);
        return bad < 0
            ? null
            : Invalid($"{name} has U+{(int)id[bad]:X4} at {bad}; permitted are ASCII letters, digits and - : . + % _ # * ? ! ( ) , = @ ; $ '");
    }

    private static HubError Invalid(string message) => new(HubErrorCode.ArgumentInvalid, message);
}

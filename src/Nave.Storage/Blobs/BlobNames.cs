namespace Nave.Storage.Blobs;

/// <summary>What blobs may be called: 1 to 1,024 characters (Azure's limit), in segments between slashes.</summary>
public static class BlobNames
{
    /// <summary>The most characters of a name.</summary>
    public const int MaxLength = 1024;

    // Azure's limit.
    private const int MaxSegments = 254;

    /// <summary>Finds what is wrong with a name.</summary>
    /// <param name="name">The name.</param>
    /// <returns>What is wrong, in words that follow the name; <see langword="null"/> if it is permitted.</returns>
    public static string? FindProblem(string name)
    {
        if (name.Length is 0 or > MaxLength)
        {
            return $"has {name.Length} characters; 1 to {MaxLength} are permitted";
        }

        if (name.Any(char.IsControl) || name.Contains('\\', StringComparison.Ordinal))
        {
            return "has a control character or a backslash";
        }

        if (!IsWellFormed(name))
        {
            return "is not well-formed Unicode";
        }

        var segments = name.Split('/');
        if (segments.Length > MaxSegments)
        {
            return $"has {segments.Length} segments; {MaxSegments} are permitted";
        }

        // A URI would lose them, and in a folder they would lead elsewhere.
        return segments.Any(static segment => segment is "" or "." or "..") ? "has an empty segment, or one that is '.' or '..'" : null;
    }

    /// <summary>Refuses a name that is not permitted.</summary>
    /// <exception cref="BlobException">It is not.</exception>
    internal static void Check(string name)
    {
        if (FindProblem(name) is { } problem)
        {
            throw new BlobException(BlobError.Invalid, $"The blob name '{Shown(name)}' {problem}.");
        }
    }

    private static string Shown(string name) => new([.. name.Take(100).Select(static c => char.IsControl(c) || char.IsSurrogate(c) ? '?' : c)]);

    private static bool IsWellFormed(string name)
    {
        for (var i = 0; i < name.Length; i++)
        {
            if (char.IsHighSurrogate(name[i]) && i + 1 < name.Length && char.IsLowSurrogate(name[i + 1]))
            {
                i++;
            }
            else if (char.IsSurrogate(name[i]))
            {
                return false;
            }
        }

        return true;
    }
}

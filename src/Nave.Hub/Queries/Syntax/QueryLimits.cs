namespace Nave.Hub.Queries;

/// <summary>What a query may be and may cost.</summary>
internal static class QueryLimits
{
    /// <summary>The most characters of a query or condition: Azure's limit.</summary>
    public const int MaxTextLength = 8192;

    /// <summary>How deep an expression may be nested; keeps every recursive walk far from the end of the stack.</summary>
    public const int MaxDepth = 64;

    /// <summary>The most segments of a path; a twin has at most ten levels below its root.</summary>
    public const int MaxPathSegments = 32;

    /// <summary>The most rows of a page: Azure's limit.</summary>
    public const int MaxPageSize = 1000;

    /// <summary>The rows of a page when the caller does not say: Azure's default.</summary>
    public const int DefaultPageSize = 100;

    /// <summary>The bytes of output after which a page ends early; a twin has up to about 80 KiB, so 1,000 could be 80 MiB.</summary>
    public const int MaxPageBytes = 4 * 1024 * 1024;

    /// <summary>The most groups that one GROUP BY may form.</summary>
    public const int MaxGroups = 10_000;

    /// <summary>The longest string, in UTF-8 bytes, that a function may build; a longer one is undefined.</summary>
    public const int MaxStringBytes = 256 * 1024;

    /// <summary>The most characters of a continuation token that are looked at.</summary>
    public const int MaxContinuationLength = 4096;

    /// <summary>The most index terms that one scan asks for; above it a full scan is as good.</summary>
    public const int MaxPlanTerms = Storage.StateLimits.MaxScanTerms;
}

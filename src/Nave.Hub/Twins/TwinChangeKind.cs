namespace Nave.Hub.Twins;

/// <summary>How a request names a section.</summary>
internal enum TwinChangeKind
{
    /// <summary>Not at all.</summary>
    Absent,

    /// <summary>As <c>null</c>: it is to be emptied.</summary>
    Clear,

    /// <summary>As an object.</summary>
    Object,
}

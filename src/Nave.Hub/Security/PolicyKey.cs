namespace Nave.Hub.Security;

/// <summary>One of the two keys of a policy.</summary>
public enum PolicyKey
{
    /// <summary>The first.</summary>
    Primary,

    /// <summary>The second.</summary>
    Secondary,
}

namespace Nave.Hub.Queries;

/// <summary>A truth value of three-valued logic.</summary>
internal enum Truth
{
    /// <summary>False.</summary>
    False,

    /// <summary>True.</summary>
    True,

    /// <summary>Neither: a comparison across types, or with what is not there.</summary>
    Undefined,
}

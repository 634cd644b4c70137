namespace Nave.Hub.Queries;

/// <summary>The type of a value. The order is the one in which MIN and MAX rank types.</summary>
internal enum QueryValueKind : byte
{
    /// <summary>No value: the path leads nowhere, or an operation has no result.</summary>
    Undefined,

    /// <summary>JSON's null.</summary>
    Null,

    /// <summary>True or false.</summary>
    Boolean,

    /// <summary>A number.</summary>
    Number,

    /// <summary>A string.</summary>
    String,

    /// <summary>An array.</summary>
    Array,

    /// <summary>An object.</summary>
    Object,
}

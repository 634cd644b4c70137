namespace Nave.Amqp;

/// <summary>The primitive types of AMQP 1.0 part 1, 1.6, and "described".</summary>
public enum AmqpType : byte
{
    Null,
    Boolean,
    UByte,
    UShort,
    UInt,
    ULong,
    Byte,
    Short,
    Int,
    Long,
    Float,
    Double,
    Decimal32,
    Decimal64,
    Decimal128,
    Char,
    Timestamp,
    Uuid,
    Binary,
    String,
    Symbol,
    List,
    Map,
    Array,
    Described,
}

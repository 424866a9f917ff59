// nothing yet
export {}
